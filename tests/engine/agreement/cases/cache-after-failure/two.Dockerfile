FROM busybox
RUN echo one > /one
RUN test -f /one
RUN echo three > /three

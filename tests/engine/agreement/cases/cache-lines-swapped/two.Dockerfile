FROM busybox
RUN echo a > /a
RUN echo c > /c
RUN echo b > /b

FROM busybox
LABEL version=2
RUN echo a > /a
EXPOSE 81
RUN echo b > /b

FROM busybox
USER 1001
WORKDIR /tmp
RUN id -u > a

FROM busybox
USER 1001
WORKDIR /var/tmp
RUN id -u > /tmp/a

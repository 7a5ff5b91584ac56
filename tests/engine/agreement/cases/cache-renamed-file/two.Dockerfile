FROM busybox
COPY other.txt /same
RUN cat /same > /b

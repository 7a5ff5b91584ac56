FROM busybox
COPY a.txt /first
ENV V=2
RUN echo $V > /v
COPY a.txt /second
CMD ["cat", "/v"]

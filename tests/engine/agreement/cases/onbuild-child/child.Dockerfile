FROM parent
RUN cat /made > /child
CMD ["cat", "/child"]

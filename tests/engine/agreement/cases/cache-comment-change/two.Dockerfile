# another
FROM   busybox


RUN   echo a > /a
# and one more
COPY  f  /f

FROM busybox
COPY a.txt /
COPY . /all
CMD find /all | sort

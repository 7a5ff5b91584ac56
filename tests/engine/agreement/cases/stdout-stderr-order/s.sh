for i in 1 2 3; do echo out $i; echo err $i >&2; done
exec 3>&1; echo three >&3
echo to-err 1>&2 2>/dev/null

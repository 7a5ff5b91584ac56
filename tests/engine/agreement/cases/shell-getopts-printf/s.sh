
while getopts "vo:" opt; do case $opt in v) echo verbose;; o) echo "out $OPTARG";; esac; done
shift $((OPTIND-1)); echo "rest $1"
printf '%s-%d-%05.2f-%x|%-5s|%5s|\n' str 42 3.14159 255 ab cd
printf '%s\n' a b c
printf '%b' 'tab\there\n'
printf '100%%\n'
[ -f /s.sh ] && echo file; [ -d /tmp ] && echo dir; [ -e /nope ] || echo missing; [ -z "" ] && echo empty
[ 3 -gt 2 -a 1 -lt 2 ] && echo and; [ a != b ] && echo ne; test -n x && echo nonempty; [ ! -x /s.sh ] && echo notx
echo -n no newline; echo; echo -e 'a\tb'
echo "quotes 'in' \"double\" \$x \\"
true && false || echo chain
! true; echo $?
false; echo $?
sh -c 'exit 9'; echo $?
(exit 5); echo $?
nosuchcommand 2>/dev/null; echo $?
kill -0 $$ && echo alive
a=1; a=2 env | grep '^a='; echo $a
eval 'echo eval $a'
seq 3 | while read x; do echo "line $x"; done
set -u; (echo ${undefined}) 2>/dev/null || echo unset
set -e; (false; echo not reached); echo not reached either

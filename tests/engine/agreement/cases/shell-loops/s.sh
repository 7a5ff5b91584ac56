
for i in 1 2 3; do [ $i = 2 ] && continue; echo for $i; done
n=0; while [ $n -lt 3 ]; do n=$((n+1)); [ $n -eq 2 ] && break; done; echo while $n
until [ $n -ge 5 ]; do n=$((n+2)); done; echo until $n
f() { local x=$1; echo "f got $x and $#"; return 4; }
f one two; echo "returned $?"
case "$1" in x|y) echo no;; a*) echo yes;; *) echo other;; esac
for a in "$@"; do echo "arg <$a>"; done
shift; echo "after shift $# <$1>"
set -- p q r; echo "$*" $#
echo $((7/2)) $((7%3)) $((2*(3+4))) $((1<<4)) $((5>3)) $((n+=1)) $n
cat <<END
here $n $(echo sub) `echo back`
END
cat <<'END'
literal $n
END
cat <<-END
	tabs gone
	END
x=hello.tar.gz; echo ${x%.gz} ${x%%.*} ${x#*.} ${x##*.} ${#x} ${y:-def} ${y:=set} $y ${x:+alt}
IFS=:; set -- $(echo a:b:c); echo $# $2; unset IFS
echo one two | { read a b; echo "$b $a"; }
(cd /tmp; x=sub; pwd); echo $x
{ echo grouped; echo err >&2; } 2>/dev/null | tr a-z A-Z
trap 'echo trapped' EXIT
echo last

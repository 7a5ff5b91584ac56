
python -c 'import sys; sys.exit()'; echo $?
python -c 'import sys; sys.exit("message")'; echo $?
python -c 'import sys; sys.exit(300)'; echo $?
python -c '1/0' 2>/dev/null; echo $?
python -c 'raise SystemExit(2)'; echo $?
python -c 'import sys; print(sys.argv)' a 'b c'
echo 'print("from stdin")' | python -
echo 'print("piped")' | python
echo "line one" | python -c 'import sys; print(sys.stdin.read().upper(), end="")'
python nope.py 2>&1; echo $?
python -c 'print(' 2>&1 | tail -1
python -c 'import nomodule' 2>&1 | tail -1
python -m json.tool < /dev/null 2>&1 | tail -1
printf '{"a":1}' | python -m json.tool
python -c 'for i in range(3): print(i)' | sort -r
X=5 python -c 'import os; print(os.environ["X"], os.getcwd(), os.path.exists("/s.sh"))'
python -c 'open("/made","w").write("by python")'; cat /made; echo
echo 'by shell' > /from; python -c 'print(open("/from").read(), end="")'
python -c 'import os; os._exit(9)'; echo $?
python -c 'import os
for e in (lambda: os.mkdir("/tmp"), lambda: os.listdir("/none"), lambda: open("/tmp"), lambda: os.rmdir("/etc")):
    try: e()
    except OSError as x: print(x)'

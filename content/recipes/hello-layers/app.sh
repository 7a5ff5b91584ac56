echo "Hello from a container called $(hostname)"
cat built.txt
sleep 600

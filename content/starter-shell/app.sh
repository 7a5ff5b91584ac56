# Greets from inside a container, again and again, and keeps count in a file.

count=0
while true; do
  count=$((count + 1))
  echo "${GREETING:-Hi} from container ${HOSTNAME:-nobody}, visit $count"
  echo "visit $count" >> visits.txt
  sleep 2
done

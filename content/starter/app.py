"""Greets from inside a container, again and again, and keeps count in a file."""

import os
import time

greeting = os.environ.get("GREETING", "Hi")
name = os.environ.get("HOSTNAME", "nobody")

count = 0
while True:
    count += 1
    print(f"{greeting} from container {name}, visit {count}", flush=True)
    with open("visits.txt", "a") as visits:
        visits.write(f"visit {count}\n")
    time.sleep(2)

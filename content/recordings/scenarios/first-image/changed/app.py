"""Greets, and keeps count of its starts in a file of its own container."""

import os
import time
from pathlib import Path

counter = Path("starts.txt")
starts = int(counter.read_text()) + 1 if counter.exists() else 1
counter.write_text(f"{starts}\n")

print(f"A warm {os.environ['GREETING']} from {os.environ.get('HOSTNAME', 'a container')}.", flush=True)
print(f"This container was started {starts} time(s).", flush=True)
while True:
    time.sleep(60)

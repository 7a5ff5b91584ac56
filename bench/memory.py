"""Memory a lab: many labs with three containers each, on one site process."""

from pathlib import Path

from bench.builds import build
from bench.figures import Table
from bench.lab import Lab, open_lab
from tests.browser.site import Site

SHELLS = 'FROM busybox\nCOPY app.sh /\nCMD ["sh", "/app.sh"]\n'
APP = "while true; do echo $HOSTNAME >> /visits.txt; sleep 1000; done\n"
FILES = [{"path": "Dockerfile", "text": SHELLS}, {"path": "app.sh", "text": APP}]
PYTHON = 'FROM python:3.12-slim\nCOPY app.py /\nCMD ["python", "/app.py"]\n'
LOOP = "import time\nwhile True:\n    time.sleep(1000)\n"
PYTHON_FILES = [{"path": "Dockerfile", "text": PYTHON}, {"path": "app.py", "text": LOOP}]
CONTAINERS = 3


async def measure(site: Site, quick: bool) -> list[Table]:
    """One table: Pythons in a few labs, shells in many."""
    rows = [
        await _row(site, "Python", PYTHON_FILES, 2 if quick else 10),
        await _row(site, "shell", FILES, 20 if quick else 200),
    ]
    return [
        Table(
            "Memory a lab",
            ("main processes", "labs", "containers", "site before", "site after", "a lab"),
            tuple(rows),
            "Resident memory of the site's process (VmRSS), all containers running and every "
            "lab's socket open; the difference divided by the labs.",
        )
    ]


async def _row(site: Site, name: str, files: list[dict[str, str]], count: int) -> tuple[str, ...]:
    # What is loaded once, such as the catalogue and the Python module, is no lab's own.
    labs = [await _lab(site, files)]
    before = resident(site.pid)
    labs += [await _lab(site, files) for _ in range(count)]
    after = resident(site.pid)
    for lab in labs:
        await lab.close()
    mib = 1024 * 1024
    return (
        name,
        str(count),
        str(count * CONTAINERS),
        f"{before / mib:.0f} MiB",
        f"{after / mib:.0f} MiB",
        f"{(after - before) / count / mib:.2f} MiB",
    )


async def _lab(site: Site, files: list[dict[str, str]]) -> Lab:
    lab = await open_lab(site)
    await build(lab, files)
    for _ in range(CONTAINERS):
        await lab.ask("container.run", image="my-app:latest")
    return lab


def resident(pid: int) -> int:
    """Bytes of physical memory that a process holds (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/{pid}/status has no VmRSS")

"""The attacks: what each of them types, and what its learner must be told."""

import bz2
import gzip
import lzma
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.engine.hostile.archives import linking_tar, outward_tar, sparse_tar, tar_of_zeros

FROM = "FROM busybox\n"
BOMB = "bomb() { bomb | bomb & }; bomb; sleep 3; echo on"
HOG = "x=aaaaaaaaaaaaaaaa; while true; do x=$x$x; done"
BUSY = "for i in 1 2 3 4 5 6 7 8; do while :; do :; done & done; wait"
MANY_FILES = "mkdir /many; cd /many; seq 1 2000000 | xargs touch; sleep 100"
LONG_LINE = "head -c 100000000 /dev/zero | tr '\\0' x"
DEAF = "trap '' TERM INT HUP QUIT; while :; do sleep 1; done"
LEFT_BEHIND = "sleep 9999 & setsid sleep 9998 & (nohup sleep 9997 >/dev/null 2>&1 &); echo left"
FILL = "i=0; while i=$((i+1)); do head -c 3000000 /dev/zero > {path}/f$i || exit 1; done"
DEEP = "i=0; while [ $i -lt 3000 ]; do mkdir d; cd d; i=$((i+1)); done; sleep 100"
FORBIDDEN = (
    "(mknod /disk b 8 0; mknod /dev/mem2 c 1 1) 2>/dev/null || echo no-mknod; "
    "mount -t tmpfs none /mnt 2>/dev/null || mount -t proc none /tmp 2>/dev/null || echo no-mount; "
    "unshare -m true 2>/dev/null || echo no-unshare; "
    "(echo b > /proc/sysrq-trigger) 2>/dev/null || echo no-sysrq; "
    "find / -xdev -name '*.sock' 2>/dev/null | grep . || echo no-socket; "
    "dmesg >/dev/null 2>&1 || echo no-dmesg; "
    "(echo 1 > /proc/sys/kernel/panic) 2>/dev/null || echo no-sysctl; "
    "chroot /proc/1/root true 2>/dev/null && cat /proc/1/root/etc/shadow 2>/dev/null; true"
)
REFUSED = tuple(
    f"output:no-{what}" for what in ("mknod", "mount", "unshare", "sysrq", "socket", "sysctl")
)
# `nc` says by its exit code whether anybody took the call; wget is what the attack types.
REACH = (
    "for to in {addresses}; do wget -q -T 2 -O - http://$to/ 2>/dev/null && echo reached $to; "
    "nc -w 2 $to {port} </dev/null 2>/dev/null && echo reached $to:{port}; done; echo tried"
)
OUTSIDE = "10.213.0.1 169.254.169.254 1.1.1.1 172.17.0.1 {site}"
ESCAPES = (
    "\x1b]8;;https://example.org/\x07click\x1b]8;;\x07 \x1b[2J\x1b]0;title\x07\x1b[31m"
    "<script>alert(1)</script><img src=x onerror=alert(1)>"
)

Told = tuple[str, ...]


@dataclass(frozen=True)
class Attack:
    """One attack. Without a command the build is it; with one, a container of the image is."""

    name: str
    told: tuple[Told, ...]
    """What its learner must be told: all facts of one of these."""
    steps: str
    """Below `FROM busybox`."""
    command: str = ""
    files: Mapping[str, bytes | str] = field(default_factory=dict)

    @property
    def is_ended_by_time(self) -> bool:
        """Whether it may be time that ends it."""
        return any(fact.endswith("_seconds") for told in self.told for fact in told)

    @property
    def dockerfile(self) -> str:
        """The whole."""
        return f"{FROM}{self.steps}\n"


def _build(name: str, steps: str, *told: str | Told, **files: bytes) -> Attack:
    named = {path.replace("_", "."): content for path, content in files.items()}
    return Attack(name, _alternatives(told), steps, files=named)


def _run(name: str, command: str, *told: str | Told, steps: str = "") -> Attack:
    return Attack(name, _alternatives(told), steps, command)


def _alternatives(told: tuple[str | Told, ...]) -> tuple[Told, ...]:
    return tuple((each,) if isinstance(each, str) else each for each in told)


TIME = "limit:step_seconds"
FULL = "diagnosis:disk-full"

IN_BUILDS = (
    _build("a fork bomb", f"RUN {BOMB}; false", "diagnosis:too-many-processes", TIME),
    _build("a memory hog", f"RUN {HOG}", "diagnosis:step-killed"),
    _build("a disk filler", "RUN head -c 100000000000 /dev/zero > /big", FULL, TIME),
    _build(
        "a disk filler that stops in time",
        "RUN head -c 60000000 /dev/zero > /big",
        ("limit:image_bytes", "diagnosis:image-too-large"),
    ),
    _build("millions of small files", f"RUN {MANY_FILES}", FULL, TIME),
    _build(
        "thousands of small files",
        "RUN mkdir /many; cd /many; seq 1 3000 | xargs touch",
        ("limit:image_files", "diagnosis:image-too-many-files"),
    ),
    _build("directories 3000 levels deep", f"RUN {DEEP}", TIME),
    _build("`yes`", "RUN yes", ("limit:output_bytes", TIME)),
    _build("a line of 100 MB", f"RUN {LONG_LINE}", "limit:output_bytes"),
    _build("sleep for ever", "RUN sleep 100000", TIME),
    _build("a busy loop on every core", f"RUN {BUSY}", TIME),
    _build("processes left in the background", f"RUN {LEFT_BEHIND}", "output:left"),
    _build("a step that ignores signals", f"RUN {DEAF}", TIME),
    _build("COPY ../..", "COPY ../../etc/shadow /x", "diagnosis:copy-outside-context"),
    _build(
        "a link out of the image",
        "RUN ln -s /../../../../etc /out\nCOPY escaped /out/escaped\nRUN cat /etc/escaped",
        "output:escaped",
        escaped=b"escaped",
    ),
    _build(
        "a tar with ../ in ADD",
        "ADD evil.tar /a/b/\nRUN find / -xdev -name escaped",
        "output:/a/b/escaped",
        "diagnosis:add-bad-archive",
        evil_tar=outward_tar(),
    ),
    _build(
        "a tar with a link out in ADD",
        "ADD evil.tar /a/\nRUN find / -xdev -name escaped",
        "diagnosis:add-bad-archive",
        "output:/a/",
        evil_tar=linking_tar(),
    ),
    _build(
        "a gzip bomb in ADD",
        "ADD bomb.gz /",
        "diagnosis:add-large-archive",
        bomb_gz=gzip.compress(tar_of_zeros(100_000_000), 9),
    ),
    _build(
        "a bzip2 bomb in ADD",
        "ADD bomb.bz2 /",
        "diagnosis:add-large-archive",
        bomb_bz2=bz2.compress(tar_of_zeros(100_000_000)),
    ),
    _build(
        "an xz bomb in ADD",
        "ADD b*.xz /",
        "diagnosis:add-large-archive",
        bomb_xz=lzma.compress(tar_of_zeros(100_000_000)),
    ),
    _build(
        "a sparse file of a terabyte in ADD",
        "ADD sparse.tar /",
        "diagnosis:add-large-archive",
        sparse_tar=sparse_tar(10**12),
    ),
    _build(
        "VOLUMEs by the hundred",
        "\n".join(f"VOLUME /v{n}" for n in range(200)),
        ("limit:volumes", "diagnosis:too-many-volumes"),
    ),
    _build("ONBUILD of ONBUILD", f"ONBUILD ONBUILD RUN {BOMB}", "diagnosis:onbuild-forbidden"),
    _build("what only root outside may do", f"RUN {FORBIDDEN}", REFUSED),
    _build("another frontend", "# nothing\nRUN --security=insecure true", "diagnosis:run-security"),
)

IN_CONTAINERS = (
    _run("a fork bomb", f"{BOMB}; sleep 100", "limit:processes"),
    _run("a memory hog", HOG, "exit:out-of-memory"),
    _run(
        "one big file",
        "head -c 1000000000 /dev/zero > /big; sleep 100",
        ("limit:disk_bytes", "exit:killed"),
    ),
    _run("a disk filler", FILL.format(path="/tmp"), ("limit:disk_bytes", "removed")),
    _run(
        "a disk filler in a volume",
        FILL.format(path="/data"),
        ("limit:disk_bytes", "removed"),
        steps="VOLUME /data",
    ),
    _run("millions of small files", MANY_FILES, ("limit:files", "removed")),
    _run("directories 3000 levels deep", DEEP, ("limit:files", "removed")),
    _run("`yes`", "yes", ("limit:output_bytes", "limit:container_seconds")),
    _run("a line of 100 MB", LONG_LINE, "limit:output_bytes"),
    _run("sleep for ever", "sleep 100000", ("limit:container_seconds", "exit:timeout")),
    _run("a busy loop on every core", BUSY, ("limit:container_seconds", "exit:timeout")),
    _run("processes left in the background", LEFT_BEHIND, ("output:left", "exit:completed")),
    _run("a main process that ignores signals", DEAF, ("limit:container_seconds", "exit:timeout")),
    _run("what only root outside may do", FORBIDDEN, (*REFUSED, "exit:completed")),
)

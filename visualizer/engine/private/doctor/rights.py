"""Trials of who root is in a container and in a step, and of what is refused to it."""

import stat

from visualizer.engine.docker.sandbox import CAPABILITIES
from visualizer.engine.private.doctor.finding import Finding, found
from visualizer.engine.private.doctor.patient import Outcome, Patient

WHO = "cat /proc/self/uid_map; echo id $(id -u)"
STATUS = "grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status"
SETTING = "/proc/sys/kernel/core_pattern"
# Each would do no harm if it were not refused.
REFUSED = {
    "mknod": "mknod /device b 7 0",
    "mount": "mount -t tmpfs none /tmp",
    "mount of proc": "mount -t proc proc /tmp",
    "unshare": "unshare -r true",
    "sysrq": "echo h > /proc/sysrq-trigger",
    "kernel settings": f"cat {SETTING} > /was && cat /was > {SETTING}",
    "kernel memory": "head -c 1 /dev/mem",
    "host name": "hostname elsewhere",
}
DANGEROUS = {
    "DAC_READ_SEARCH": 2, "LINUX_IMMUTABLE": 9, "NET_ADMIN": 12, "SYS_MODULE": 16, "SYS_RAWIO": 17,
    "SYS_PTRACE": 19, "SYS_ADMIN": 21, "SYS_BOOT": 22, "SYS_RESOURCE": 24, "SYS_TIME": 25,
    "MAC_ADMIN": 33, "SYSLOG": 34, "BPF": 39,
}  # fmt: skip
"""Capabilities by their bits (capabilities(7)); none of them is Docker's default."""
SOCKETS = (
    "find / -xdev -type s 2>/dev/null; grep -o '/run/[^ ]*' /proc/net/unix;"
    " ls -d /run/docker* /var/run/docker* /run/containerd* 2>/dev/null"
)


async def root_in_a_step(patient: Patient) -> Finding:
    """Who it is outside."""
    return _root("root in a RUN step", await patient.step(WHO))


async def root_in_a_container(patient: Patient) -> Finding:
    """Who it is outside: as the map says, and as the machine sees the process."""
    seen = _root("root in a container", await patient.container(WHO))
    container = await patient.start("sleep 600")
    outside = {uid for pid in patient.cgroups.labs_processes() if (uid := _uid(pid)) is not None}
    await patient.remove(container)
    held = not seen.is_broken and bool(outside) and 0 not in outside
    users = ", ".join(str(uid) for uid in sorted(outside)) or "nobody"
    return found(seen.protection, held, f"{seen.evidence}; this machine sees user {users}")


def _root(protection: str, seen: Outcome) -> Finding:
    fields = seen.lines[0].split() if seen.lines else []
    mapped = len(fields) == 3 and fields[0] == "0" and fields[1] != "0"
    who = f"user {fields[1]} outside" if len(fields) == 3 else seen.words
    return found(protection, mapped and "id 0" in seen.output, f"user 0 inside is {who}")


def _uid(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as file:
            line = next(line for line in file if line.startswith("Uid:"))
        return int(line.split()[1])
    except (OSError, StopIteration):
        return None


async def rights_in_a_step(patient: Patient) -> Finding:
    """BuildKit gives a step Docker's usual rights, whatever the daemon is told."""
    seen = _status(await patient.step(STATUS))
    return _rights("rights of a RUN step", seen, no_new=False)


async def more_rights_in_a_step(patient: Patient) -> Finding:
    """BuildKit knows no such setting, tried on 20.10. Root of a step is nobody outside."""
    evidence = "BuildKit sets none; a setuid program makes root of this container, no other"
    return Finding("no-new-privileges in a RUN step", "not applicable", evidence)


async def rights_in_a_container(patient: Patient) -> Finding:
    """The few that lessons need, and no way to more."""
    seen = _status(await patient.container(STATUS))
    finding = _rights("rights of a container", seen, no_new=True)
    count = int(seen.get("CapEff", "0"), 16).bit_count()
    few = count == len(CAPABILITIES)
    return found(finding.protection, few and not finding.is_broken, finding.evidence)


def _rights(protection: str, seen: dict[str, str], *, no_new: bool) -> Finding:
    if not seen:
        return found(protection, False, "could not be read")
    bits = int(seen.get("CapEff", "0"), 16)
    dangerous = [name for name, bit in DANGEROUS.items() if bits >> bit & 1]
    filtered, locked = seen.get("Seccomp") == "2", seen.get("NoNewPrivs") == "1"
    evidence = f"{bits.bit_count()} capabilities, "
    evidence += f"among them {', '.join(dangerous)}, " if dangerous else "no dangerous one, "
    evidence += f"seccomp {'on' if filtered else 'off'}"
    evidence += f", no-new-privileges {'on' if locked else 'off'}" if no_new else ""
    return found(protection, not dangerous and filtered and (locked or not no_new), evidence)


def _status(seen: Outcome) -> dict[str, str]:
    return {name: value.strip() for name, _, value in (x.partition(":") for x in seen.lines)}


async def refused_in_a_step(patient: Patient) -> Finding:
    """What root may do on a machine, and not here."""
    return _refused("what root may not do in a RUN step", await patient.step(_attempts()))


async def refused_in_a_container(patient: Patient) -> Finding:
    """The same in a container."""
    return _refused("what root may not do in a container", await patient.container(_attempts()))


def _attempts() -> str:
    tried = [f"({line}) >/dev/null 2>&1 && echo DONE {name}" for name, line in REFUSED.items()]
    return "; ".join([*tried, "echo tried all"])


def _refused(protection: str, seen: Outcome) -> Finding:
    done = [line.removeprefix("DONE ") for line in seen.lines if line.startswith("DONE")]
    if "tried all" not in seen.output:
        return found(protection, False, f"could not be tried: {seen.words}")
    evidence = f"not refused: {', '.join(done)}" if done else f"refused: {', '.join(REFUSED)}"
    return found(protection, not done, evidence)


async def socket_in_a_step(patient: Patient) -> Finding:
    """Whoever has the engine's socket has the machine."""
    return _sockets("the engine's socket in a RUN step", await patient.step(SOCKETS + "; echo end"))


async def socket_in_a_container(patient: Patient) -> Finding:
    """The same in a container."""
    seen = await patient.container(SOCKETS + "; echo end")
    return _sockets("the engine's socket in a container", seen)


def _sockets(protection: str, seen: Outcome) -> Finding:
    sockets = [line for line in seen.lines if line != "end"]
    evidence = f"found {', '.join(sockets)}" if sockets else "no socket is found in it"
    return found(protection, not sockets and "end" in seen.lines, evidence)


async def socket_on_the_machine(patient: Patient) -> Finding:
    """Who may use it there."""
    seen = patient.place.socket.stat()
    mode = stat.S_IMODE(seen.st_mode)
    evidence = f"mode {mode:o}, owner {seen.st_uid}, group {seen.st_gid}"
    closed = not mode & 0o007 and seen.st_uid == 0
    return found("the engine's socket on this machine", closed, evidence)

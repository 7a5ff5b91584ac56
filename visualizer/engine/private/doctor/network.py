"""Trials of the ways out: to the site, the engine, the machine, its provider, the internet."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

from visualizer.engine.private.commands import Failed, call
from visualizer.engine.private.doctor.finding import Finding, found
from visualizer.engine.private.doctor.patient import Outcome, Patient

METADATA = "169.254.169.254"
"""Where cloud providers tell a machine its secrets."""
INTERNET = "1.1.1.1"
DOCKER_PORTS = (2375, 2376)
REACHED = "REACHED"


class Listener:
    """Something of this machine's that nobody in the engine may reach, as the site is."""

    def __init__(self) -> None:
        self.heard = 0
        self.port = 0

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """On all of the machine's addresses."""

        async def hear(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self.heard += 1
            writer.close()

        server = await asyncio.start_server(hear, "0.0.0.0", 0)  # noqa: S104 (that is the trial)
        async with server:
            self.port = server.sockets[0].getsockname()[1]
            yield


async def from_a_step(patient: Patient) -> Finding:
    """As `RUN wget …`."""
    return await _reach(patient, "reaching out from a RUN step", in_step=True)


async def from_a_container(patient: Patient) -> Finding:
    """As `wget …` in a terminal."""
    return await _reach(patient, "reaching out from a container", in_step=False)


async def _reach(patient: Patient, protection: str, *, in_step: bool) -> Finding:
    listener = Listener()
    async with listener.listening():
        if not await _heard(listener):
            return found(protection, False, "this machine does not even reach itself: not tried")
        listener.heard = 0
        gateway = await patient.gateway()
        goals = [(address, listener.port) for address in ("127.0.0.1", *_addresses())]
        goals += [(gateway, port) for port in (80, listener.port, *DOCKER_PORTS)]
        goals += [(METADATA, 80), (INTERNET, 443)]
        script = "; ".join(
            f"nc -w 2 {address} {port} </dev/null && echo {REACHED} {address}:{port}"
            for address, port in goals
        )
        script += "; echo tried all"
        seen = await (patient.step(script) if in_step else patient.container(script))
    return _judged(protection, seen, listener.heard, len(goals))


def _judged(protection: str, seen: Outcome, heard: int, tried: int) -> Finding:
    reached = [line for line in seen.lines if line.startswith(REACHED)]
    if "tried all" not in seen.output:
        return found(protection, False, f"could not be tried: {seen.words}")
    evidence = (
        f"none of {tried} addresses answers (this machine's, gateway, {METADATA}, {INTERNET})"
        if not reached and not heard
        else f"{'; '.join(reached)}; this machine heard {heard} connections"
    )
    return found(protection, not reached and not heard, evidence)


async def between_labs(patient: Patient) -> Finding:
    """From one lab's network to a server in another's."""
    server = await patient.start("while true; do echo hello | nc -l -p 8080; done")
    told = await patient.api.get(f"/containers/{server}/json")
    address = next(iter(told["NetworkSettings"]["Networks"].values()))["IPAddress"]
    own = await patient.container(f"nc -w 5 {address} 8080 </dev/null && echo {REACHED} {address}")
    async with patient.another_lab():
        script = f"nc -w 2 {address} 8080 </dev/null && echo {REACHED} {address}; echo tried all"
        other = await patient.container(script)
    await patient.remove(server)
    if REACHED not in own.output:
        return found("reaching another lab", False, "not even the own lab is reached: not tried")
    held = REACHED not in other.output and "tried all" in other.output
    words = "does not answer" if held else "answers"
    return found(
        "reaching another lab", held, f"a server answers in its own lab, and {words} there"
    )


async def of_the_engine(patient: Patient) -> Finding:
    """What dockerd itself has: nothing that leads out, whatever it is made to do."""
    lines = Path(f"/proc/{patient.known.init}/net/dev").read_text().splitlines()[2:]
    devices = {line.split(":")[0].strip() for line in lines}
    made = {name for name in devices if name == "lo" or name.startswith(("br-", "veth", "docker"))}
    routes = Path(f"/proc/{patient.known.init}/net/route").read_text().splitlines()[1:]
    default = [line for line in routes if line.split()[1] == "00000000"]
    evidence = f"devices: {', '.join(sorted(devices))}; {len(default)} default routes"
    return found("network of dockerd itself", devices == made and not default, evidence)


async def _heard(listener: Listener) -> bool:
    with contextlib.suppress(OSError):
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.close()
        return True
    return False


def _addresses() -> list[str]:
    """This machine's own, but for the loopback."""
    try:
        listed = json.loads(call("ip", "-json", "-4", "address") or "[]")
    except Failed:
        return []
    found_ = [info["local"] for device in listed for info in device.get("addr_info", [])]
    return [address for address in found_ if not address.startswith("127.")]

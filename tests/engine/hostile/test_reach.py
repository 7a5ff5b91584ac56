"""What a lab reaches: its own containers by name, and nothing else."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.engine.hostile import report
from tests.engine.hostile.arena import Arena
from tests.engine.hostile.attacks import FROM
from tests.engine.hostile.facts import output
from tests.engine.recording import Bench
from visualizer.engine.limits import Limits

PORT = 8080
SERVER = f"while :; do echo hello | nc -l -p {PORT}; done"
ANSWERS = (
    "n=0; until nc -w 2 {name} 8080 </dev/null | grep hello; do "
    "n=$((n+1)); [ $n -lt 20 ] || exit 1; done"
)
TRY = (
    "for to in {addresses}; do "
    "wget -q -T 2 -O - http://$to/ 2>/dev/null && echo reached $to; "
    "nc -w 2 $to {port} </dev/null 2>/dev/null && echo reached $to; "
    "ping -c 1 -W 1 $to >/dev/null 2>&1 && echo reached $to; done; echo tried"
)


@asynccontextmanager
async def site() -> AsyncIterator[tuple[int, list[object]]]:
    """Something that listens on every address of this machine; its port, and who has called."""
    calls: list[object] = []

    def called(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(writer.get_extra_info("peername"))
        writer.close()

    server = await asyncio.start_server(called, "0.0.0.0", 0)
    try:
        yield server.sockets[0].getsockname()[1], calls
    finally:
        server.close()
        await server.wait_closed()


def own_address() -> str:
    """The machine's address on the network that it would use; loopback when it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def outside(gateway: str) -> str:
    """The gateway, this machine, the metadata service of clouds, and the internet."""
    return f"{gateway} {own_address()} 172.17.0.1 169.254.169.254 192.0.2.1 1.1.1.1"


async def serving(arena: Arena, name: str) -> tuple[Bench, str]:
    """A lab with a server in a container called `server`, and its address."""
    lab = await arena.lab(name, Limits())
    await lab.image(FROM)
    box = await lab.run("sh", "-c", SERVER, name="server")
    networks = (await lab.lab.inspect(box))["NetworkSettings"]["Networks"]
    return lab, str(networks["lab"]["IPAddress"])


async def test_containers_of_one_lab_reach_each_other(arena: Arena) -> None:
    lab, address = await serving(arena, "one")
    client = await lab.running()
    assert await lab.exec(client, "sh", "-c", ANSWERS.format(name=address)) == (0, "hello\n")
    code, text = await lab.exec(client, "ping", "-c", "1", "-W", "5", address)
    assert code == 0, text


async def test_labs_do_not_reach_each_other(arena: Arena) -> None:
    _, address = await serving(arena, "one")
    other, _ = await serving(arena, "two")
    client = await other.running()
    # Their servers have the same name: what answers is the own one.
    await other.lab.rename("server", "mine")
    for name in (address, "server"):
        script = f"nc -w 2 {name} {PORT} </dev/null; ping -c 1 -W 1 {name}"
        code, text = await other.exec(client, "sh", "-c", script)
        assert code != 0, text
        assert "hello" not in text


async def test_a_container_reaches_nothing_outside(arena: Arena, rows: list[report.Row]) -> None:
    lab, address = await serving(arena, "one")
    gateway = f"{address.rpartition('.')[0]}.1"
    async with site() as (port, calls):
        script = TRY.format(addresses=outside(gateway), port=port)
        box = await lab.run("sh", "-c", script)
        await lab.ended(box)
        assert lab.output(box) == "tried\n"
        assert calls == []
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()
    told = "nothing answers: no route, and the gateway has no address"
    rows.append(report.Row("In a container", "wget to the site, the gateway, metadata, out", told))


async def test_a_step_reaches_nothing_at_all(arena: Arena, rows: list[report.Row]) -> None:
    _, address = await serving(arena, "one")
    gateway = f"{address.rpartition('.')[0]}.1"
    attacker = await arena.lab("attacker", Limits())
    async with site() as (port, calls):
        addresses = f"{outside(gateway)} {address} 127.0.0.1"
        await attacker.image(f"{FROM}RUN {TRY.format(addresses=addresses, port=port)}\n")
        assert "tried" in output(attacker.tape.events)
        assert f"reached {address}" not in output(attacker.tape.events)
        assert calls == []
    # A step has a loopback of its own: that one answers to ping, and nothing else does.
    reached = {line for line in output(attacker.tape.events).splitlines() if "reached" in line}
    assert reached <= {"reached 127.0.0.1"}
    assert await attacker.build(f"{FROM}RUN wget http://example.org/\n") is None
    told = "a step has loopback alone; “found no network”"
    rows.append(report.Row("In a build", "wget to the site, the engine, metadata, out", told))


@pytest.mark.parametrize("where", ["container", "step"])
async def test_the_engines_socket_is_not_there(arena: Arena, where: str) -> None:
    lab = await arena.lab("attacker", Limits())
    find = (
        "find / -xdev -type s 2>/dev/null; "
        "ls /var/run/docker.sock /run/docker.sock 2>/dev/null; echo looked"
    )
    if where == "step":
        await lab.image(f"{FROM}RUN {find}\n")
    else:
        await lab.image(FROM)
        await lab.ended(await lab.run("sh", "-c", find))
    assert output(lab.tape.events) == "looked\n"

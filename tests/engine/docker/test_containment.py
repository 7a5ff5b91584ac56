"""A lab can name only its own things, by whatever reference and in every command, and labels or
names that look like the site's own change nothing."""

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from tests.engine.docker.engines import Engines
from tests.engine.recording import Bench, Tape
from visualizer.engine.docker import DockerEngine
from visualizer.engine.docker.api import EngineApi
from visualizer.engine.docker.names import LabNames
from visualizer.engine.errors import EngineError
from visualizer.engine.limits import Limits
from visualizer.engine.port import BuildRequest, ContextFile, LabEngine, RunRequest
from visualizer.events.codec import encode
from visualizer.events.types import ContainerExited

SECRET = "only-the-victim-knows"
DOCKERFILE = f'FROM busybox\nRUN echo {SECRET} > /secret\nCMD ["sleep", "1000"]\n'
BYTES = b"cat /secret\n"

Call = Callable[[LabEngine, str], Awaitable[Any]]

CALLS: dict[str, Call] = {
    "run": lambda lab, ref: lab.run(RunRequest(ref, command=["cat", "/secret"])),
    "start": lambda lab, ref: lab.start(ref),
    "stop": lambda lab, ref: lab.stop(ref, 0.0),
    "kill": lambda lab, ref: lab.kill(ref),
    "restart": lambda lab, ref: lab.restart(ref, 0.0),
    "pause": lambda lab, ref: lab.pause(ref),
    "resume": lambda lab, ref: lab.resume(ref),
    "rename": lambda lab, ref: lab.rename(ref, "mine"),
    "remove": lambda lab, ref: lab.remove(ref, force=True),
    "exec": lambda lab, ref: lab.exec(ref, ["cat", "/secret"]),
    "write": lambda lab, ref: lab.write(ref, BYTES),
    "resize": lambda lab, ref: lab.resize(ref, 100, 30),
    "end_exec": lambda lab, ref: lab.end_exec(ref),
    "changes": lambda lab, ref: lab.changes(ref),
    "commit": lambda lab, ref: lab.commit(ref, "mine"),
    "tag": lambda lab, ref: lab.tag(ref, "mine"),
    "remove_image": lambda lab, ref: lab.remove_image(ref, force=True),
    "push": lambda lab, ref: lab.push(1, ref),
    "pull": lambda lab, ref: lab.pull(1, ref),
    "inspect": lambda lab, ref: lab.inspect(ref),
    "layers_of": lambda lab, ref: lab.layers_of(ref),
    "layer_files": lambda lab, ref: lab.layer_files(ref),
    "writable_layer": lambda lab, ref: lab.writable_layer(ref),
    "read_file": lambda lab, ref: lab.read_file(ref, "/secret"),
}
NO_REFERENCE = {"holdings", "build", "enter", "cancel_build", "park", "destroy"}
"""Dockerfiles name images too: builds and entered steps have tests of their own."""


@dataclass(frozen=True)
class Pair:
    """Two labs of one site, and all that the second one's things are called."""

    attacker: Bench
    victim: Bench
    images: Sequence[str]
    others: Sequence[str]
    """Of its container, its shell and its own layer."""


@pytest.fixture
async def pair(engines: Engines, engine: DockerEngine) -> Pair:
    """The victim has an image, a container of it and a shell in that; the attacker the like."""
    victim = Bench(await engine.open_lab("victim", tape := Tape(), Limits()), tape)
    built = await victim.image(DOCKERFILE, tag="secret")
    box = await victim.run(image="secret", name="vault")
    shell = await victim.lab.exec(box, [], terminal=True)
    attacker = Bench(await engine.open_lab("attacker", tape := Tape(), Limits()), tape)
    await attacker.image("FROM busybox\n", tag="own")
    names = LabNames(engines.instance, "victim")
    digest = built.image
    base = next(
        tag
        for image in await _listed(engines)
        for tag in image["RepoTags"] or []
        if names.is_base(tag)
    )
    images = (
        digest, digest[7:], digest[7:19], digest[7:13], digest.upper(), "secret", "secret:latest",
        f"secret@{digest}", names.image("secret:latest"), names.kept(digest), names.building, base,
        f"docker.io/{names.kept(digest)}", f"../{names.root}/named/secret", names.root,
    )  # fmt: skip
    others = (
        box, box[:12], box[:6], box.upper(), "vault", "/vault", names.container("vault"),
        f"/{names.container('vault')}", f"../{box}", f"{box}/json?x=", names.network, shell,
        built.layers[-1],
    )  # fmt: skip
    return Pair(attacker, victim, images, others)


async def _listed(engines: Engines) -> list[dict[str, Any]]:
    api = EngineApi(engines.host)
    listed: list[dict[str, Any]] = await api.get("/images/json")
    api.close()
    return listed


def test_every_command_of_the_port_is_tried() -> None:
    methods = {name for name, _ in inspect.getmembers(LabEngine, inspect.isfunction)}
    assert {name for name in methods if not name.startswith("_")} == {*CALLS} | NO_REFERENCE


async def test_another_labs_things_cannot_be_named(pair: Pair) -> None:
    """In one pair of labs, for each call leaves both as they were."""
    attacker, victim = pair.attacker, pair.victim
    before, own = await victim.lab.holdings(), await attacker.lab.holdings()
    for name, call in CALLS.items():
        for ref in (*pair.images, *pair.others):
            try:
                assert await call(attacker.lab, ref) is None, f"{name} {ref}"
                assert name in ("push", "pull"), f"{name} {ref} was carried out"
            except EngineError:
                continue
        told = [each for each in attacker.tape.events if SECRET.encode() in encode(each)]
        assert not told, f"{name}: {told}"
        assert await victim.lab.holdings() == before, name
        assert await attacker.lab.holdings() == own, name
        assert not victim.tape.all(ContainerExited), name


async def test_a_build_cannot_begin_with_or_copy_from_another_labs_image(pair: Pair) -> None:
    attacker = pair.attacker
    before = await pair.victim.lab.holdings()
    for ref in (*pair.images, *pair.others):
        for dockerfile in (
            f"FROM {ref}\nRUN cat /secret\n",
            f"FROM busybox\nCOPY --from={ref} /secret /\nRUN cat /secret\n",
            f"FROM busybox\nRUN --mount=type=bind,from={ref},target=/m cat /m/secret\n",
            f"ARG IT={ref}\nFROM $IT\nRUN cat /secret\n",
        ):
            assert await attacker.build(dockerfile) is None, dockerfile
    told = b"".join(encode(each) for each in attacker.tape.events)
    # The Dockerfile itself is told, and has the path; what is in the file is not.
    assert SECRET.encode() not in told
    assert await pair.victim.lab.holdings() == before


async def test_a_step_of_another_labs_image_cannot_be_entered(pair: Pair) -> None:
    before, own = await pair.victim.lab.holdings(), await pair.attacker.lab.holdings()
    for ref in (*pair.images, *pair.others):
        for dockerfile in (f"FROM {ref}\n", f"FROM busybox\nCOPY --from={ref} /secret /\n"):
            file = ContextFile("Dockerfile", f"{dockerfile}RUN true\n".encode())
            request = BuildRequest(build=1, files=[file], tag="mine")
            with pytest.raises(EngineError):
                await pair.attacker.lab.enter(request, dockerfile.count("\n"), "inside")
    assert await pair.victim.lab.holdings() == before
    assert await pair.attacker.lab.holdings() == own


async def test_a_tag_that_looks_like_another_labs_stays_the_labs_own(pair: Pair) -> None:
    before = await pair.victim.lab.holdings()
    for tag in pair.images:
        try:
            await pair.attacker.lab.tag("own", tag)
        except EngineError:
            continue
    await pair.attacker.lab.tag("own", "secret")
    assert await pair.victim.lab.holdings() == before
    read = await pair.victim.lab.read_file("secret", "/secret")
    assert read.decode().strip() == SECRET


async def test_a_container_may_be_called_like_another_labs(pair: Pair) -> None:
    await pair.attacker.run("sleep", "1000", image="own", name="vault")
    for name in pair.others:
        try:
            await pair.attacker.run("sleep", "1000", image="own", name=name.strip("/"))
        except EngineError:
            continue
    assert [each.name for each in (await pair.victim.lab.holdings()).containers] == ["vault"]


async def test_labels_of_a_dockerfile_hide_and_move_nothing(engines: Engines) -> None:
    engine = engines.make()
    lab = Bench(await engine.open_lab("forger", tape := Tape(), Limits()), tape)
    forged = {
        "layercake.instance": engines.instance, "layercake.lab": "victim",
        "layercake.purpose": "reading", "layercake.image": "other",
    }  # fmt: skip
    labels = " ".join(f"{name}={value}" for name, value in forged.items())
    await lab.image(f"FROM busybox\nLABEL {labels}\n")
    box = await lab.run("sleep", "1000", name="box")
    await engine.close()
    again = engines.make()
    victim = await again.open_lab("victim", Tape(), Limits())
    assert (await victim.holdings()).containers == []
    forger = await again.open_lab("forger", Tape(), Limits())
    assert [each.container for each in (await forger.holdings()).containers] == [box]
    # Were the labels taken for ours, the sweep would take the container away, or leave it.
    await again.close()
    assert await engines.make().sweep(["victim"]) > 0


SERVER = (
    "import http.server as h; h.HTTPServer(('', 80), h.SimpleHTTPRequestHandler).serve_forever()"
)
ASK = """
import sys, time, urllib.request
for again in range(100):
    try:
        print(urllib.request.urlopen(f"http://{sys.argv[1]}/mark", timeout=5).read().decode())
        break
    except OSError as error:
        reason = str(error)
        time.sleep(0.5)
        if again > int(sys.argv[2]):
            print("unknown:", reason)
            break
"""


async def test_containers_find_each_other_by_name_and_no_other_labs(engine: DockerEngine) -> None:
    labs = []
    for mark in ("first", "second"):
        lab = Bench(await engine.open_lab(mark, tape := Tape(), Limits()), tape)
        await lab.image(f"FROM python:3.12-slim\nWORKDIR /www\nRUN echo -n {mark} > mark\n")
        await lab.run("python", "-c", SERVER, name="web" if mark == "first" else "other")
        labs.append((lab, await lab.running()))
    (first, one), (second, two) = labs
    assert await first.exec(one, "python", "-c", ASK, "web", "90") == (0, "first\n")
    assert await second.exec(two, "python", "-c", ASK, "other", "90") == (0, "second\n")
    assert (await second.exec(two, "python", "-c", ASK, "web", "1"))[1].startswith("unknown")
    await first.lab.rename("web", "site")
    assert await first.exec(one, "python", "-c", ASK, "site", "90") == (0, "first\n")
    assert (await first.exec(one, "python", "-c", ASK, "web", "1"))[1].startswith("unknown")

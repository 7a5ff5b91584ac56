"""`manage.py record`: builds a folder or plays a scenario, and writes the tape as JSON lines."""

import asyncio
import sys
import tempfile
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser

from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.limits import Limits
from visualizer.engine.port import Engine
from visualizer.environment import BadEnvironment
from visualizer.events import codec
from visualizer.labs import choosing, playing, recorder, scenarios, wiring
from visualizer.labs.context_folder import BadFolder, read_folder
from visualizer.labs.playing import NotPlayed
from visualizer.labs.recorder import FolderRun
from visualizer.labs.scenarios import BadScenario
from visualizer.recordings import format as recording_file

T = TypeVar("T")

BUILD_FAILED = 1
BAD_USAGE = 2


class Command(BaseCommand):
    """Standard output has the tape and nothing else; words go to standard error."""

    help = (
        "Build FOLDER's Dockerfile, run containers from the image, execute commands in the first, "
        "and write the tape as JSON lines. Exit status 1 when the build failed, 2 on bad usage or "
        "without an engine."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """As the help says."""
        parser.add_argument("folder", type=Path, metavar="FOLDER", nargs="?")
        parser.add_argument(
            "--scenario",
            type=Path,
            metavar="FILE",
            help="play this scenario (TOML) instead of a folder, and write a recording with its "
            "notes; docs/scenarios.md",
        )
        parser.add_argument(
            "--pace",
            type=float,
            default=1.0,
            metavar="N",
            help="how much of a scenario's pauses is kept; 0 for none",
        )
        parser.add_argument("--engine", default="embedded", choices=choosing.KINDS)
        parser.add_argument("--containers", type=int, default=1, metavar="N")
        parser.add_argument(
            "--exec",
            action="append",
            default=[],
            metavar="COMMAND",
            dest="commands",
            help="run in the first container, in order; with shell syntax (| > $ * …) by `sh -c`",
        )
        parser.add_argument("--out", type=Path, metavar="FILE", help="write here, not to stdout")
        parser.add_argument("--tag", default="my-app:latest", help="what the image is called")
        parser.add_argument(
            "--linger",
            type=float,
            default=2.0,
            metavar="SECONDS",
            help="how long the containers' own output is recorded after the last command",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError with the exit status."""
        limits = Limits()
        out: Path | None = options["out"]
        if out is not None and not out.parent.is_dir():
            raise CommandError(f"There is no folder {out.parent}.", returncode=BAD_USAGE)
        if options["scenario"] is not None:
            self._play(options, limits, out)
            return
        try:
            asked = _asked(options, limits)
        except (BadFolder, ValueError) as error:
            raise CommandError(str(error), returncode=BAD_USAGE) from None
        outcome = _on_engine(options, lambda e: recorder.record(e, asked, limits))
        _write(b"".join(codec.encode_lines(outcome.events)), out)
        for refusal in outcome.refusals:
            self.stderr.write(refusal)
        if not outcome.built:
            raise CommandError("The build failed; the tape says why.", returncode=BUILD_FAILED)

    def _play(self, options: dict[str, Any], limits: Limits, out: Path | None) -> None:
        path, pace = options["scenario"], options["pace"]
        if path.is_dir():
            path /= "scenario.toml"
        if options["folder"] is not None:
            raise CommandError("Give a folder or a scenario, not both.", returncode=BAD_USAGE)
        if not 0 <= pace <= 10:
            raise CommandError(
                f"--pace is {pace}; give a number from 0 to 10.", returncode=BAD_USAGE
            )
        try:
            scenario = scenarios.read(path)
            contexts = scenarios.read_contexts(path, scenario, limits)
        except BadScenario as error:
            raise CommandError(str(error), returncode=BAD_USAGE) from None
        try:
            recorded = _on_engine(
                options, lambda e: playing.play(e, scenario, contexts, pace=pace, limits=limits)
            )
        except NotPlayed as error:
            raise CommandError(f"Nothing was written. {error}", returncode=BUILD_FAILED) from None
        _write(recording_file.write(recorded.header, recorded.events), out)


def _on_engine(options: dict[str, Any], work: Callable[[Engine], Coroutine[Any, Any, T]]) -> T:
    """What the work gives on an engine of its own. Raises CommandError."""
    with tempfile.TemporaryDirectory(prefix="layercake-") as store:
        try:
            host = choosing.docker_place(wiring.environment()).host
            return asyncio.run(work(_engine(options["engine"], Path(store), host)))
        except BadEnvironment as error:
            raise CommandError(str(error), returncode=BAD_USAGE) from None
        except EngineUnavailable as error:
            where = f"It was looked for at {host}; LAYERCAKE_DOCKER_HOST may name another."
            said = f"{recorder.words(error)} {where}"
            raise CommandError(said, returncode=BAD_USAGE) from None


def _asked(options: dict[str, Any], limits: Limits) -> FolderRun:
    containers, linger = options["containers"], options["linger"]
    if not 0 <= containers <= limits.containers:
        raise ValueError(
            f"--containers is {containers}; give a number from 0 to {limits.containers}."
        )
    if not 0 <= linger <= limits.container_seconds:
        raise ValueError(f"--linger is {linger}; give seconds from 0 on.")
    if options["commands"] and not containers:
        raise ValueError("--exec needs a container to run in; --containers is 0.")
    for command in options["commands"]:
        if not recorder.argv_of(command):
            raise ValueError("--exec is empty; give a command.")
    if options["folder"] is None:
        raise ValueError("Give a folder to build, or --scenario.")
    files = read_folder(options["folder"], limits)
    return FolderRun(
        files=files,
        tag=options["tag"],
        containers=containers,
        commands=options["commands"],
        linger_seconds=linger,
    )


def _engine(kind: str, store: Path, host: str) -> Engine:
    here = wiring.environment()
    return wiring.make_engine(kind, store, host, tls=here.docker_tls, registry=here.registry)


def _write(lines: bytes, out: Path | None) -> None:
    if out is not None:
        out.write_bytes(lines)
        return
    sys.stdout.buffer.write(lines)
    sys.stdout.buffer.flush()

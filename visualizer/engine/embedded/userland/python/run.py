"""One Python: a thread in the sandbox, its streams, and what it is told by signals."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter

from bashkit import FileSystem

from visualizer.engine.embedded.userland.control import SIGNALS, Control
from visualizer.engine.embedded.userland.python.files import Quota, Stream
from visualizer.engine.embedded.userland.python.sandbox import LEAST_MEMORY, Sandbox
from visualizer.engine.embedded.userland.python.wasi import Exited, Wasi
from visualizer.engine.embedded.userland.threads import yield_to_the_site

_MOST_PYTHONS = 200
"""At once in the whole site: each has a thread and some 30 MiB."""
_STACK_BYTES = 16 * 1024 * 1024
_SOON_SECONDS = 1.0
_OUTPUT_ROOM = 256 * 1024
_INPUT_ROOM = 1024 * 1024
_ABORTED = 134
_NAMES = {number: name for name, number in SIGNALS.items()}

_places = threading.BoundedSemaphore(_MOST_PYTHONS)
_starting = threading.Lock()
_running: "set[PythonRun]" = set()


class TooMany(Exception):
    """There are as many Pythons as the site can hold."""


class _Killed(BaseException):
    """Raised in the sandbox's thread to leave it."""


@dataclass
class Outcome:
    """How a Python ended."""

    exit_code: int
    out_of_memory: bool = False
    message: str = ""


@dataclass(frozen=True)
class Program:
    """What Python is to run, and for whom."""

    filesystem: FileSystem
    argv: Sequence[str]
    env: Mapping[str, str]
    disk_bytes: int
    memory_bytes: int
    is_terminal: bool
    places: threading.BoundedSemaphore
    """Of the container; the site has its own."""


class PythonRun:
    """Starts at once. `write` gets (1 or 2, bytes) on the event loop; `ended` is its outcome."""

    def __init__(
        self, sandbox: Sandbox, program: Program, control: Control,
        write: Callable[[int, bytes], None],
    ) -> None:  # fmt: skip
        if not program.places.acquire(blocking=False):
            raise TooMany
        if not _places.acquire(blocking=False):
            program.places.release()
            raise TooMany
        self._sandbox = sandbox
        self._program = program
        self._control = control
        self._write = write
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[Outcome] = self._loop.create_future()
        self.started: asyncio.Future[None] = self._loop.create_future()
        self._condition = threading.Condition()
        self._input = bytearray()
        self._input_ended = False
        self._output: list[tuple[int, bytes]] = []
        self._unread_output = 0
        self._gone = False
        self._pending: list[int] = []
        control.handle("SIGINT", lambda: self._signal(SIGNALS["SIGINT"]))
        with _starting:
            before = threading.stack_size(_STACK_BYTES)
            thread = threading.Thread(target=self._live, name="layercake-python", daemon=True)
            thread.start()
            threading.stack_size(before)

    # On the event loop

    def feed(self, data: bytes) -> None:
        """Bytes for its standard input."""
        with self._condition:
            self._input += data
            self._condition.notify_all()

    @property
    def has_much_input(self) -> bool:
        """Whether more input waits to be read than it makes sense to add to."""
        return len(self._input) > _INPUT_ROOM and not self._gone

    def end_input(self) -> None:
        """No more input comes."""
        with self._condition:
            self._input_ended = True
            self._condition.notify_all()

    def took(self, size: int) -> None:
        """That many bytes of output have found their reader."""
        with self._condition:
            self._unread_output -= size
            self._condition.notify_all()

    def kill(self) -> None:
        """End it: at once for everyone who waits, and for its thread at its next step."""
        with self._condition:
            self._gone = True
            self._condition.notify_all()
        for name in SIGNALS:
            self._control.release(name)
        self._sandbox.interrupt()

    def nudge(self) -> None:
        """Let it notice that its process was paused."""
        self._sandbox.interrupt()

    def _signal(self, number: int) -> None:
        with self._condition:
            self._pending.append(number)
            self._condition.notify_all()
        if number == SIGNALS["SIGINT"]:
            self._loop.call_later(_SOON_SECONDS, self._end_if_deaf, number)

    def _end_if_deaf(self, number: int) -> None:
        # A program that computes cannot be told; real Python would raise KeyboardInterrupt.
        if number in self._pending and not self.ended.done():
            self._write(2, b"KeyboardInterrupt\n")
            self._settle(Outcome(130))
            self.kill()

    def _note_start(self) -> None:
        if not self.started.done():
            self.started.set_result(None)

    def _settle(self, outcome: Outcome) -> None:
        self._note_start()
        if not self.ended.done():
            self.ended.set_result(outcome)

    # In the thread: what the sandbox asks of its process and its signals

    def check(self) -> None:
        """Wait while the process is frozen; raise when it was killed."""
        if self._gone or self._control.killed.is_set():
            raise _Killed
        if self._control.paused:
            self._control.gate_thread()
            self.check()

    def breathe(self) -> None:
        """Pause for as many milliseconds as there are Pythons, so that all together leave room."""
        time.sleep(0.001 * max(1, len(_running)))

    def sleep(self, seconds: float) -> None:
        """Sleep until the time has passed in the process's own time, or a signal has come."""
        until = self._control.active_seconds() + seconds
        with self._condition:
            while not self._pending and not self._gone:
                rest = until - self._control.active_seconds()
                if rest <= 0:
                    break
                self._condition.wait(min(rest, 0.5))
        self.check()

    def wait_for_input(self, seconds: float) -> bool:
        """Whether there is input, or its end, within the time given."""
        deadline = time.monotonic() + seconds
        with self._condition:
            while not (self._input or self._input_ended or self._gone):
                rest = deadline - time.monotonic()
                if rest <= 0:
                    return False
                self._condition.wait(min(rest, 0.5))
                if self._control.killed.is_set():
                    break
        self.check()
        return True

    def take(self) -> int:
        """The next signal for the program's own handlers."""
        with self._condition:
            return self._pending.pop(0) if self._pending else 0

    def ready(self) -> None:
        """The start-up module is done."""
        self._post(self._note_start)

    def handle(self, number: int, handled: bool) -> None:
        """The program sets or takes away a handler."""
        name = _NAMES.get(number)
        if name is None or name in ("SIGKILL", "SIGSTOP"):
            return
        if handled:
            self._loop.call_soon_threadsafe(
                self._control.handle, name, lambda: self._signal(number)
            )
        else:
            self._loop.call_soon_threadsafe(self._control.release, name)

    def _read(self, size: int) -> bytes:
        self.wait_for_input(float("inf"))
        with self._condition:
            data = bytes(self._input[:size])
            del self._input[:size]
            return data

    def _out(self, stream: int) -> Callable[[bytes], None]:
        def out(data: bytes) -> None:
            with self._condition:
                while self._unread_output > _OUTPUT_ROOM and not self._gone:
                    self._condition.wait(0.5)
                    if self._control.killed.is_set():
                        break
                self._unread_output += len(data)
                posted = bool(self._output)
                self._output.append((stream, data))
            self.check()
            if not posted:
                self._post(self._hand_on)

        return out

    def _hand_on(self) -> None:
        """On the event loop: all output since the last time, joined where it can be."""
        with self._condition:
            written, self._output = self._output, []
        for stream, parts in groupby(written, key=itemgetter(0)):
            self._write(stream, b"".join(data for _, data in parts))

    def _post(self, act: Callable[..., object], *words: object) -> None:
        try:
            self._loop.call_soon_threadsafe(act, *words)
        except RuntimeError:
            # The event loop is closed: the site goes down, and so does this thread.
            raise _Killed from None

    def _live(self) -> None:
        yield_to_the_site()
        _running.add(self)
        try:
            outcome = self._run()
            self._post(self._settle, outcome)
        except BaseException:  # Nobody is left to be told.
            self._gone = True
        finally:
            _running.discard(self)
            _places.release()
            self._program.places.release()

    def _run(self) -> Outcome:
        program = self._program
        wasi = Wasi(
            filesystem=program.filesystem,
            argv=program.argv,
            env=program.env,
            streams=[
                Stream(is_terminal=program.is_terminal, read=self._read),
                Stream(is_terminal=program.is_terminal, write=self._out(1)),
                Stream(is_terminal=program.is_terminal, write=self._out(2)),
            ],
            process=self,
            signals=self,
            quota=Quota(program.disk_bytes),
        )
        exit_code, message = 0, ""
        try:
            self._sandbox.run(wasi, self, program.memory_bytes)
        except Exited as end:
            exit_code = end.exit_code
        except BaseException as error:
            exit_code, message = _ABORTED, f"python3: aborted: {_first_line(error)}\n"
        # wasmtime keeps the last exception for all threads in one place, so what comes out of a
        # call may be another thread's; our own note is what counts.
        if wasi.exit_code is not None:
            exit_code, message = wasi.exit_code, ""
        used = wasi.memory.pages_seen if hasattr(wasi, "memory") else 0
        full = used * 64 * 1024 > 0.9 * max(program.memory_bytes, LEAST_MEMORY)
        return Outcome(exit_code, full and exit_code != 0, message)


def _first_line(error: BaseException) -> str:
    return (str(error) or type(error).__name__).strip().splitlines()[-1]

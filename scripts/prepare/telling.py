"""How the set-up speaks: what it is doing, how long it took, and what went wrong.

A failure says what happened, why, and what to try, and shows the end of the log.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.prepare import places

TAIL_LINES = 25


class SetUpFailed(Exception):
    """The set-up cannot go on. `what` happened, `why`, what to `try_`, and the log's `tail`."""

    def __init__(
        self, what: str, why: str, try_: str, tail: str = "", log: Path | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.try_ = try_
        self.tail = tail
        self.log = log

    def told(self) -> str:
        """All of it as a person reads it in a terminal."""
        lines = ["", f"What happened: {self.what}", f"Why:           {self.why}"]
        lines.append(f"What to try:   {self.try_}")
        if self.tail:
            lines += ["", f"The end of the log ({self.log}):", self.tail]
        return "\n".join(lines)


def say(text: str) -> None:
    """One line, at once, also when the output is a pipe."""
    print(text, flush=True)


@contextmanager
def step(doing: str) -> Iterator[None]:
    """Announce a step that takes time and, when it is done, tell how long it took."""
    print(f"  {doing} … ", end="", flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print(f"stopped after {time.monotonic() - began:.1f} s", flush=True)
        raise
    print(f"{time.monotonic() - began:.1f} s", flush=True)


def run(
    command: Sequence[str | Path],
    *,
    log: str,
    what: str,
    why: str,
    try_: str,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Run a command quietly, its output in a log; the output. Raises SetUpFailed."""
    path = places.workshop() / "logs" / f"{log}.log"
    # Colours would stand in the log as escape sequences.
    surroundings = {**(environment or places.clean_environment()), "NO_COLOR": "1"}
    with path.open("w", encoding="utf-8", errors="replace") as output:
        try:
            code = subprocess.call(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=places.ROOT,
                env=surroundings,
            )
        except OSError as error:
            raise SetUpFailed(what, f"{command[0]} could not be started: {error}.", try_) from error
    text = path.read_text(encoding="utf-8", errors="replace")
    if code != 0:
        tail = "\n".join(text.splitlines()[-TAIL_LINES:])
        raise SetUpFailed(what, f"{why} (exit status {code}).", try_, tail, path)
    return text


def finish(code: int) -> None:
    """Leave with this exit status, everything said."""
    sys.stdout.flush()
    sys.exit(code)

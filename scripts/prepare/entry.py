"""What `run`, `test` and `bench` begin with: one set-up at a time, failures told in words."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scripts.prepare import frontend, node, places, python, site, telling


@contextmanager
def alone() -> Iterator[None]:
    """Hold the folder's set-up lock; a second set-up of the same folder waits for the first."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with (places.workshop() / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            telling.say("  Another set-up of this folder is under way: waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def set_up(*, development: bool = False) -> node.Node:
    """Everything that has to be there before the site runs. Raises SetUpFailed."""
    with alone():
        python.ready(development=development)
        found = node.ready()
        frontend.ready(found)
        site.ready()
    return found


def told(main: Callable[[], int]) -> int:
    """Run `main`; its exit status, 1 after a failure in words, 130 after Ctrl-C."""
    try:
        return main()
    except telling.SetUpFailed as failure:
        print(failure.told(), file=sys.stderr, flush=True)
        return 1
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        broken = telling.SetUpFailed(
            "The set-up could not read or write a file.",
            f"{error.strerror or error}{where}.",
            "Look whether the folder can be written to and the disk has room.",
        )
        print(broken.told(), file=sys.stderr, flush=True)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run it again to go on where it was.", file=sys.stderr, flush=True)
        return 130

"""Threads that run learners' programs stand behind the site's own."""

import contextlib
import os
import sys
import threading

_NICENESS = 5


def yield_to_the_site() -> None:
    """Lower this thread's priority, where the system has priorities for threads (Linux)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)

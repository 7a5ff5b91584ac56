"""In a worker: gives up all that a shell never needs, before the first script is read.

bashkit is memory-safe code on a virtual file system; this is for the day on which it has a hole.
What a system lacks of it (Linux 5.13 has it all) is left out: `confine` does what it can.
"""

import contextlib
import ctypes
import os
import platform
import signal
import struct

_NOBODY = 65534
_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVILEGES = 1, 4, 22, 38
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
"""Landlock's calls, the same on every processor (linux/landlock.h)."""
_FILES = (13, 14, 15, 15, 16, 16, 16)
"""Rights over files that Landlock knows, in bits, by its version from 1 on."""
_NETWORK, _SCOPES = 0b11, 0b11
"""TCP (from version 4); abstract sockets and signals (from version 6)."""

_FILTERS: dict[str, tuple[int, int, tuple[int, ...]]] = {
    "x86_64": (
        0xC000003E, 56,
        (
            41, 42, 43, 49, 50, 57, 58, 59, 62, 101, 129, 155, 161, 165, 166, 200, 248, 249, 250,
            272, 288, 297, 298, 304, 308, 310, 311, 321, 322, 323, 424, 425, 434, 438,
        ),
    ),
    "aarch64": (
        0xC00000B7, 220,
        (
            39, 40, 41, 51, 97, 117, 129, 130, 138, 198, 200, 201, 202, 203, 217, 218, 219, 221,
            240, 241, 242, 265, 268, 270, 271, 280, 281, 282, 424, 425, 434, 438,
        ),
    ),
}  # fmt: skip
"""By processor: audit number, `clone`, and the calls refused: sockets, new programs and processes,
signals to and memory of others, mounts, namespaces, keys, bpf, io_uring, userfaultfd, perf."""
_CLONE3 = 435
_CLONE_THREAD = 0x10000
_NEWER_ABI = 0x40000000
_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x80000000, 0x00050000 | 1, 0x00050000 | 38


def confine(parent: int) -> None:
    """Shut this process in for good. `parent` is the process that it must not outlive."""
    os.chdir("/")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)
    if platform.system() != "Linux":
        return
    library = ctypes.CDLL(None, use_errno=True)
    library.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    library.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    library.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    _leave_files_and_network(library)
    _refuse_calls(library)


def _leave_files_and_network(library: ctypes.CDLL) -> None:
    """Landlock with no exception: what is not open by now can never be opened."""
    version = library.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return
    files = (1 << _FILES[min(version, len(_FILES)) - 1]) - 1
    network, scopes = _NETWORK * (version >= 4), _SCOPES * (version >= 6)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = struct.pack("=QQQ", files, network, scopes)[:size]
    ruleset = library.syscall(_CREATE_RULESET, rules, ctypes.c_size_t(size), 0)
    if ruleset >= 0:
        library.syscall(_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)


def _refuse_calls(library: ctypes.CDLL) -> None:
    """A seccomp filter: threads go on, all of `_FILTERS` fails with EPERM."""
    if platform.machine() not in _FILTERS:
        return
    audit, clone, refused = _FILTERS[platform.machine()]
    steps = [
        (_LOAD, 0, 0, 4), (_EQUAL, 1, 0, audit), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, 0), (_AT_LEAST, 0, 1, _NEWER_ABI), (_RETURN, 0, 0, _KILL),
        # glibc takes `clone` when there is no `clone3`, whose flags a filter cannot read.
        (_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _UNKNOWN),
    ]  # fmt: skip
    for number in refused:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    steps += [
        (_EQUAL, 0, 3, clone), (_LOAD, 0, 0, 16),
        (_HAS_BITS, 1, 0, _CLONE_THREAD), (_RETURN, 0, 0, _REFUSE), (_RETURN, 0, 0, _ALLOW),
    ]  # fmt: skip
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    library.prctl(_SET_SECCOMP, 2, program, 0, 0)

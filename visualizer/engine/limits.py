"""What one lab may use, given to an engine when a lab is opened."""

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Limits:
    """Bytes, seconds and counts; the names are those of `limit.reached.what`."""

    context_bytes: int = 1024 * 1024
    context_files: int = 200
    images: int = 20
    containers: int = 12
    execs: int = 16
    """Processes beside the main ones, over all containers of the lab."""
    build_seconds: int = 120
    step_seconds: int = 60
    exec_seconds: int = 60
    """For an exec without a terminal."""
    container_seconds: int = 30 * 60
    """How long a main process may run."""
    memory_bytes: int = 64 * 1024 * 1024
    """A process's memory; the Python sandbox's linear memory."""
    disk_bytes: int = 32 * 1024 * 1024
    """A container's writable layer, and a build step's."""
    files: int = 4000
    """Files and directories in one file system."""
    output_bytes: int = 256 * 1024
    """Of one step, main process or exec without a terminal."""
    terminal_bytes: int = 2 * 1024 * 1024
    """Of one interactive shell."""
    commands: int = 200_000
    """Shell commands of one process (embedded engine)."""

    def as_dict(self) -> dict[str, int]:
        """For `lab.opened.limits`."""
        return asdict(self)

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
    image_bytes: int = 256 * 1024 * 1024
    """What the images of a lab add to their base images (Docker Engine)."""
    image_files: int = 20_000
    """Files and directories that an image adds to its base image (Docker Engine)."""
    volumes: int = 8
    """VOLUMEs of an image (Docker Engine)."""
    output_bytes: int = 256 * 1024
    """Of one step, main process or exec without a terminal."""
    terminal_bytes: int = 2 * 1024 * 1024
    """Of one interactive shell."""
    transfer_seconds: int = 120
    """A push to the lab's registry, or a pull from it."""
    registry_tags: int = 20
    """Names that the lab's registry keeps an image under."""
    registry_bytes: int = 512 * 1024 * 1024
    """Of the files of all layers in the lab's registry, each layer counted once."""
    commands: int = 200_000
    """Shell commands of one process (embedded engine)."""

    def as_dict(self) -> dict[str, int]:
        """For `lab.opened.limits`."""
        return asdict(self)

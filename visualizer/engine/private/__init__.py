"""A Docker Engine of the site's own, held by namespaces, cgroups and a disk of a fixed size.

`process` brings it up and down, `supervisor` keeps it alive, `inside` is what runs in its
namespaces, `status` tells how it is, and `doctor` proves what holds.
"""

from visualizer.engine.private.configuration import Configuration
from visualizer.engine.private.errors import PrivateEngineError
from visualizer.engine.private.place import Place
from visualizer.engine.private.process import down, run, up
from visualizer.engine.private.status import Status, namespaces_pid, status

__all__ = [
    "Configuration",
    "Place",
    "PrivateEngineError",
    "Status",
    "down",
    "namespaces_pid",
    "run",
    "status",
    "up",
]

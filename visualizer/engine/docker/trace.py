"""BuildKit's progress as it comes through the Engine's build API: base64 of a protobuf message.

Only the fields that the tape needs are described here; protobuf skips the rest. Source: BuildKit's
`api/services/control/control.proto`, message `StatusResponse`.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

_F = FieldDescriptorProto
_SCALARS = {
    "string": _F.TYPE_STRING,
    "bytes": _F.TYPE_BYTES,
    "bool": _F.TYPE_BOOL,
    "int64": _F.TYPE_INT64,
}
_MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    # name: {field: (number, type)}; `*` marks a repeated field.
    "Time": {"seconds": (1, "int64"), "nanos": (2, "int64")},
    "Vertex": {
        "digest": (1, "string"),
        "inputs": (2, "*string"),
        "name": (3, "string"),
        "cached": (4, "bool"),
        "started": (5, "Time"),
        "completed": (6, "Time"),
        "error": (7, "string"),
    },
    "VertexStatus": {
        "ID": (1, "string"),
        "vertex": (2, "string"),
        "name": (3, "string"),
        "current": (4, "int64"),
        "total": (5, "int64"),
        "started": (7, "Time"),
        "completed": (8, "Time"),
    },
    "VertexLog": {
        "vertex": (1, "string"),
        "timestamp": (2, "Time"),
        "stream": (3, "int64"),
        "msg": (4, "bytes"),
    },
    "StatusResponse": {
        "vertexes": (1, "*Vertex"),
        "statuses": (2, "*VertexStatus"),
        "logs": (3, "*VertexLog"),
    },
}


class InvalidTrace(ValueError):
    """The engine sent a trace that cannot be read."""


@dataclass(frozen=True)
class Vertex:
    """A node of the build's graph, as it stands now. The same digest comes again as it changes."""

    digest: str
    name: str
    inputs: tuple[str, ...]
    cached: bool
    started: float | None
    """Seconds since the epoch."""
    completed: float | None
    error: str


@dataclass(frozen=True)
class Log:
    """A piece of what a vertex's command wrote; `stream` 1 is stdout, 2 is stderr."""

    vertex: str
    stream: int
    data: bytes


@dataclass(frozen=True)
class Trace:
    """One message: what changed since the one before."""

    vertexes: Sequence[Vertex]
    logs: Sequence[Log]


def _message(name: str, fields: dict[str, tuple[int, str]]) -> DescriptorProto:
    message = DescriptorProto(name=name)
    for field, (number, kind) in fields.items():
        bare = kind.removeprefix("*")
        scalar = _SCALARS.get(bare)
        message.field.add(
            name=field,
            number=number,
            label=_F.LABEL_REPEATED if kind != bare else _F.LABEL_OPTIONAL,
            type=_F.TYPE_MESSAGE if scalar is None else scalar,
            type_name=None if scalar is not None else f".buildkit.{bare}",
        )
    return message


def _status_response() -> type[Message]:
    file = FileDescriptorProto(name="buildkit.proto", package="buildkit", syntax="proto3")
    file.message_type.extend(_message(name, fields) for name, fields in _MESSAGES.items())
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName("buildkit.StatusResponse"))


# Its fields are made at run time, so no type checker can know them.
_StatusResponse: Any = _status_response()


def _seconds(message: Any, field: str) -> float | None:
    if not message.HasField(field):
        return None
    time = getattr(message, field)
    return float(time.seconds + time.nanos / 1e9)


def read_trace(aux: str) -> Trace:
    """Read the `aux` of a `moby.buildkit.trace` line. Raises InvalidTrace."""
    try:
        status = _StatusResponse.FromString(base64.b64decode(aux, validate=True))
    except (DecodeError, binascii.Error) as error:
        raise InvalidTrace(str(error)) from None
    return Trace(
        vertexes=[
            Vertex(
                digest=vertex.digest,
                name=vertex.name,
                inputs=tuple(vertex.inputs),
                cached=vertex.cached,
                started=_seconds(vertex, "started"),
                completed=_seconds(vertex, "completed"),
                error=vertex.error,
            )
            for vertex in status.vertexes
        ],
        logs=[Log(log.vertex, log.stream, log.msg) for log in status.logs],
    )

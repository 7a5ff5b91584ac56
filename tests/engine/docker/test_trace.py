"""BuildKit's trace is read as the engine writes it."""

import base64

import pytest

from visualizer.engine.docker.trace import InvalidTrace, read_trace


def encoded(*fields: bytes) -> str:
    """Fields of a StatusResponse as the engine sends them."""
    return base64.b64encode(b"".join(fields)).decode()


def field(number: int, content: bytes) -> bytes:
    """A length-delimited field of protobuf."""
    return bytes([number << 3 | 2, len(content)]) + content


def time(seconds: int, nanos: int) -> bytes:
    """A timestamp's content."""
    return bytes([0x08, seconds, 0x10, nanos])


def test_a_vertex_is_read_with_its_times_and_inputs() -> None:
    vertex = (
        field(1, b"sha256:a")
        + field(2, b"sha256:b")
        + field(2, b"sha256:c")
        + field(3, b"[2/3] RUN make")
        + field(5, time(7, 100))
        + field(6, time(9, 0))
        + field(7, b"it broke")
    )
    (read,) = read_trace(encoded(field(1, vertex))).vertexes
    assert (read.digest, read.name) == ("sha256:a", "[2/3] RUN make")
    assert read.inputs == ("sha256:b", "sha256:c")
    assert read.started == pytest.approx(7.0000001)
    assert read.completed == 9
    assert read.error == "it broke"
    assert read.cached is False


def test_a_vertex_that_waits_has_no_times() -> None:
    (read,) = read_trace(encoded(field(1, field(1, b"sha256:a")))).vertexes
    assert (read.started, read.completed) == (None, None)


def test_a_log_is_read_with_its_stream() -> None:
    log = field(1, b"sha256:a") + b"\x18\x02" + field(4, b"oh\xff\n")
    (read,) = read_trace(encoded(field(3, log))).logs
    assert (read.vertex, read.stream, read.data) == ("sha256:a", 2, b"oh\xff\n")


def test_fields_of_newer_engines_are_passed_over() -> None:
    warning = field(4, field(1, b"sha256:a"))
    vertex = field(1, field(1, b"sha256:a") + field(8, b"progress group"))
    assert len(read_trace(encoded(warning, vertex)).vertexes) == 1


@pytest.mark.parametrize("aux", ["not base64!", base64.b64encode(b"\x0a\xff").decode()])
def test_what_is_no_trace_is_refused(aux: str) -> None:
    with pytest.raises(InvalidTrace):
        read_trace(aux)

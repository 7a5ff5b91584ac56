"""Output on its way to the tape: gathered, cut, capped, in order."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from visualizer.engine.limits import Limits
from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.labs.output import CHUNK_BYTES, GATHER_MS, OutputGate

ONE = "1" * 64
TWO = "2" * 64
SHELL = "e" * 32


def out(text: str, container: str = ONE, stream: event.Stream = "stdout") -> event.ContainerOutput:
    return event.ContainerOutput(container=container, stream=stream, text=text)


def texts(events: Sequence[AnyEvent]) -> list[str]:
    return [e.text for e in events if isinstance(e, event.ContainerOutput)]


def test_the_first_words_after_silence_go_at_once() -> None:
    gate = OutputGate(Limits())
    assert texts(gate.take(out("a"), 1000)) == ["a"]
    assert gate.due is None


def test_what_follows_closely_is_gathered_into_one_event() -> None:
    gate = OutputGate(Limits())
    gate.take(out("a"), 1000)
    assert gate.take(out("b"), 1010) == []
    assert gate.take(out("c"), 1020) == []
    assert gate.due == 1000 + GATHER_MS
    assert texts(gate.flush(1050)) == ["bc"]


def test_a_gathered_event_has_the_time_of_its_first_words() -> None:
    gate = OutputGate(Limits())
    gate.take(out("a"), 1000)
    gate.take(out("b"), 1010)
    assert gate.flush(1050)[0].at_ms == 1010


def test_a_full_chunk_goes_at_once() -> None:
    gate = OutputGate(Limits())
    gate.take(out("a"), 1000)
    assert texts(gate.take(out("b" * CHUNK_BYTES), 1001)) == ["b" * CHUNK_BYTES]


def test_another_event_comes_after_the_output_before_it() -> None:
    gate = OutputGate(Limits())
    gate.take(out("a"), 1000)
    gate.take(out("b"), 1001)
    ended = event.ContainerExited(container=ONE, exit_code=0, reason="completed")
    ready = gate.take(ended, 1002)
    assert [type(e).__name__ for e in ready] == ["ContainerOutput", "ContainerExited"]


def test_the_two_streams_of_a_subject_keep_their_order() -> None:
    gate = OutputGate(Limits())
    gate.take(out("first"), 1000)
    for text, stream in (("1", "stdout"), ("2", "stderr"), ("3", "stdout")):
        gate.take(out(text, stream=stream), 1001)  # type: ignore[arg-type]
    assert texts(gate.flush(1050)) == ["1", "2", "3"]


def test_long_text_is_cut_into_chunks_without_tearing_a_character() -> None:
    gate = OutputGate(Limits())
    text = "x" + "é" * CHUNK_BYTES
    ready = texts(gate.take(out(text), 1000))
    assert "".join(ready) == text
    assert max(len(piece.encode()) for piece in ready) <= CHUNK_BYTES


def test_output_beyond_the_limit_is_dropped_and_said_so_once() -> None:
    gate = OutputGate(Limits(output_bytes=10))
    ready = gate.take(out("123456789012345"), 1000)
    assert texts(ready) == ["1234567890"]
    assert isinstance(ready[-1], event.OutputTruncated)
    assert (ready[-1].what, ready[-1].limit) == ("output_bytes", 10)
    assert ready[-1].subject == f"container:{ONE}"
    assert gate.take(out("more"), 2000) == []


def test_output_up_to_the_limit_is_not_called_truncated() -> None:
    gate = OutputGate(Limits(output_bytes=3))
    assert [type(e).__name__ for e in gate.take(out("abc"), 1000)] == ["ContainerOutput"]


def test_one_subject_at_its_limit_leaves_the_others_alone() -> None:
    gate = OutputGate(Limits(output_bytes=3))
    gate.take(out("abcdef", ONE), 1000)
    assert texts(gate.take(out("abc", TWO), 2000)) == ["abc"]


def test_a_container_that_is_started_again_may_write_again() -> None:
    gate = OutputGate(Limits(output_bytes=3))
    gate.take(out("abcdef"), 1000)
    gate.take(event.ContainerStarted(container=ONE), 1500)
    assert texts(gate.take(out("abc"), 2000)) == ["abc"]


def test_a_terminal_has_the_larger_limit() -> None:
    gate = OutputGate(Limits(output_bytes=3, terminal_bytes=6))
    gate.take(event.ExecStarted(container=ONE, exec=SHELL, command=["sh"], terminal=True), 1000)
    typed = event.ExecOutput(container=ONE, exec=SHELL, stream="stdout", text="1234567")
    ready = gate.take(typed, 2000)
    assert isinstance(ready[0], event.ExecOutput)
    assert ready[0].text == "123456"
    assert isinstance(ready[1], event.OutputTruncated)
    assert ready[1].what == "terminal_bytes"


def test_each_step_of_a_build_has_its_own_limit() -> None:
    gate = OutputGate(Limits(output_bytes=3))
    ready = []
    for step in (1, 2):
        said = event.StepOutput(build=1, step=step, stream="stdout", text="abcd")
        ready += gate.take(said, 1000 * step)
    assert [e.subject for e in ready if isinstance(e, event.OutputTruncated)] == ["build:1"] * 2
    assert [e.text for e in ready if isinstance(e, event.StepOutput)] == ["abc", "abc"]


def test_half_characters_do_not_stop_the_tape() -> None:
    gate = OutputGate(Limits())
    assert texts(gate.take(out("a\ud800b"), 1000)) == ["a?b"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([ONE, TWO]),
            st.sampled_from(["stdout", "stderr"]),
            st.text(max_size=300),
            st.integers(0, 60),
        ),
        max_size=40,
    )
)
def test_whatever_is_written_arrives_whole_and_in_order(
    written: list[tuple[str, event.Stream, str, int]],
) -> None:
    gate = OutputGate(Limits())
    now, arrived = 0, []
    for container, stream, text, pause in written:
        now += pause
        if gate.due is not None and gate.due <= now:
            arrived += gate.flush(gate.due)
        arrived += gate.take(out(text, container, stream), now)
    arrived += gate.flush(now)
    for subject in (ONE, TWO):
        came = [
            (e.stream, c)
            for e in arrived
            if isinstance(e, event.ContainerOutput) and e.container == subject
            for c in e.text
        ]
        went = [(s, c) for who, s, text, _ in written if who == subject for c in text]
        assert came == went

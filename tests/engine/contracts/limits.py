"""The contract: limits say so when they are reached."""

from dataclasses import replace

import pytest

from tests.engine.contracts.common import BUSYBOX, Contract
from tests.engine.recording import Bench, Tape
from visualizer.engine.errors import Refused
from visualizer.engine.limits import Limits
from visualizer.engine.port import Engine
from visualizer.events.types import (
    LimitReached,
    OutputTruncated,
    StepFailed,
)


class LimitContract(Contract):
    """Limits say so when they are reached."""

    limits = replace(Limits(), containers=2, execs=1, output_bytes=1000)

    async def test_containers_are_limited(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        await bench.running()
        await bench.running()
        with pytest.raises(Refused):
            await bench.running()

    async def test_execs_are_limited(self, bench: Bench) -> None:
        await bench.image(BUSYBOX)
        container = await bench.running()
        await bench.lab.exec(container, ["sleep", "1000"])
        with pytest.raises(Refused):
            await bench.lab.exec(container, ["true"])

    async def test_output_is_cut_and_the_process_goes_on(self, bench: Bench) -> None:
        await bench.image("FROM busybox\n")
        script = "i=0; while [ $i -lt 200 ]; do echo 0123456789; i=$((i+1)); done; exit 6"
        container = await bench.run("sh", "-c", script)
        ended = await bench.ended(container)
        assert ended.exit_code == 6
        assert len(bench.output(container)) == 1000
        assert bench.tape.one(OutputTruncated).subject == f"container:{container}"

    # Time is short in labs of their own: on a busy machine it would run out in the others, too.

    async def test_a_container_may_run_only_so_long(self, engine: Engine, bench: Bench) -> None:
        bench = await self._hurried(engine, container_seconds=2)
        await bench.image(BUSYBOX)
        container = await bench.running()
        ended = await bench.ended(container)
        assert ended.reason == "timeout"
        reached = bench.tape.one(LimitReached)
        assert (reached.what, reached.limit) == ("container_seconds", 2)
        assert reached.subject == f"container:{container}"

    async def test_a_step_may_run_only_so_long(self, engine: Engine, bench: Bench) -> None:
        bench = await self._hurried(engine, step_seconds=1)
        assert await bench.build("FROM busybox\nRUN sleep 60\n") is None
        assert bench.tape.one(LimitReached).what == "step_seconds"
        failed = bench.tape.one(StepFailed)
        assert failed.diagnosis is not None
        assert failed.diagnosis.code == "step-timeout"

    async def _hurried(self, engine: Engine, **seconds: int) -> Bench:
        tape = Tape()
        return Bench(await engine.open_lab("hurried", tape, replace(Limits(), **seconds)), tape)

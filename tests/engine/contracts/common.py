"""What the parts of the contract share: the fixtures, and the Dockerfiles of most tests."""

from collections.abc import AsyncIterator

import pytest

from tests.engine.recording import Bench, Tape
from visualizer.engine.limits import Limits
from visualizer.engine.port import Engine

BUSYBOX = 'FROM busybox\nCMD ["sleep", "1000"]\n'
STUDENT = """\
FROM python:3.12-slim
WORKDIR /app
COPY app.py .
RUN echo built > /app/built.txt
ENV GREETING=Hello
CMD ["python", "app.py"]
"""
APP = 'import os\nprint(os.environ["GREETING"])\n'


class Contract:
    """The fixtures that all parts of the contract use."""

    limits = Limits()

    @pytest.fixture
    async def bench(self, engine: Engine) -> AsyncIterator[Bench]:
        """A fresh lab."""
        tape = Tape()
        lab = await engine.open_lab("lab", tape, self.limits)
        yield Bench(lab, tape)
        await engine.close()

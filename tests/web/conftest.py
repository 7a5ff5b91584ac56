"""What tests of recordings over HTTP begin with."""

import pytest
from django.test import AsyncClient

from tests.labs.test_freezing import KEEP, SECOND, TAPE, tell
from tests.web.recording_browser import browser
from visualizer.engine.port import ContextFile
from visualizer.labs import kept_files
from visualizer.labs.database import in_database
from visualizer.labs.registry import Registry


@pytest.fixture
def client(registry: Registry) -> AsyncClient:
    """The owner's browser."""
    return browser()


@pytest.fixture
async def told(lab: str) -> str:
    """A lab with a tape."""
    await tell(lab, TAPE)
    files = [ContextFile(path, content) for path, content in SECOND.items()]
    await in_database(kept_files.keep, lab, files, KEEP)
    return lab

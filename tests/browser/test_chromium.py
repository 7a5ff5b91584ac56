"""Chromium is started with all that it is told, and without what nobody sees."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.browser.chromium import UNSEEN, sparing


@pytest.mark.skipif(sys.platform == "win32", reason="there it is started as it is")
def test_what_is_switched_off_is_added_to_what_playwright_switches_off(tmp_path: Path) -> None:
    told = tmp_path / "it's told"
    told.write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    told.chmod(0o755)
    words = ["--one", "--disable-features=A,B", "two words", "--enable-features=C", ""]

    said = subprocess.run([sparing(str(told), tmp_path), *words], capture_output=True, text=True)

    words[1] = ",".join((words[1], *UNSEEN))
    assert said.stdout.split("\n")[:-1] == words

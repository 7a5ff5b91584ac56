"""Runs the attacks, and writes and prints the page of what became of them."""

import sys
from pathlib import Path

import pytest

from tests.engine.hostile import report

HERE = Path(__file__).parent
# The page itself is what is made here.
code = pytest.main([str(HERE), "-p", "no:randomly", "-q", f"--ignore={HERE / 'test_page.py'}"])
if code == 0:
    report.PAGE.write_text(report.page(), encoding="utf-8")
    sys.stdout.write(report.page())
sys.exit(code)

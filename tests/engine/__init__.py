"""Tests of the engines."""

import pytest

pytest.register_assert_rewrite("tests.engine.contracts", "tests.engine.recording")

"""The site's settings for tests: a data folder of their own, gone with the run.

A process that a test starts inherits these settings, and the folder unless it names another.
"""

import atexit
import os
import shutil
import tempfile

if "LAYERCAKE_DATA" not in os.environ:
    os.environ["LAYERCAKE_DATA"] = tempfile.mkdtemp(prefix="layercake-tests-")
    atexit.register(shutil.rmtree, os.environ["LAYERCAKE_DATA"], ignore_errors=True)
# Not whatever answers on this machine. A test of another engine says so.
os.environ["LAYERCAKE_ENGINE"] = "embedded"

from visualizer.settings import *  # noqa: F403

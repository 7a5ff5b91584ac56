#!/usr/bin/env python
"""Runs Layercake's management commands: serve, record, vocabulary, sweep, and Django's own."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "visualizer.settings")
    execute_from_command_line(sys.argv)

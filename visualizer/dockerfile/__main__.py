"""`python -m visualizer.dockerfile > docs/diagnoses.md` writes the reference page."""

import sys

from visualizer.dockerfile.reference import reference

sys.stdout.write(reference())

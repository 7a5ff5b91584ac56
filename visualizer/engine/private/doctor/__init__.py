"""Proves each protection of the private engine by trying to break it, and says what held.

`examination` runs the trials, one module a kind: processes, memory, disk, network, rights, noise;
`patient` is how they get at the engine; `stamp` keeps the result for the site.
"""

from visualizer.engine.private.doctor.examination import examine
from visualizer.engine.private.doctor.finding import Finding, in_a_line, passed, summary
from visualizer.engine.private.doctor.stamp import doctor_passed

__all__ = ["Finding", "doctor_passed", "examine", "in_a_line", "passed", "summary"]

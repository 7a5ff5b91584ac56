"""What needs no engine: how the machine's tables are read, and what follows from settings."""

import subprocess
import sys
from pathlib import Path

import pytest

from visualizer.engine.private import Configuration, Place, PrivateEngineError, down, status, up
from visualizer.engine.private.cgroups import Cgroups, mounted
from visualizer.engine.private.configuration import GIB, MIB, daemon_settings, fingerprint
from visualizer.engine.private.doctor.finding import found
from visualizer.engine.private.identity import after

PROJECT = Path(__file__).resolve().parents[3]
VERSION_1 = """\
33 31 0:30 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
"""


def test_the_hierarchies_of_version_1_are_found() -> None:
    cgroups = Cgroups("layercake-x", tuple(mounted(VERSION_1)))
    assert cgroups.version == 1
    roots = {str(tree.root): tree.controllers & {"memory", "cpu", "pids"} for tree in cgroups.trees}
    assert roots == {
        "/sys/fs/cgroup/cpu": {"cpu"},
        "/sys/fs/cgroup/memory": {"memory"},
        "/sys/fs/cgroup/pids": {"pids"},
    }


def test_the_one_of_version_2_is_found_with_its_controllers(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    line = f"30 24 0:26 / {tmp_path} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
    cgroups = Cgroups("layercake-x", tuple(mounted(line)))
    assert cgroups.version == 2
    assert cgroups.parent == "/layercake-x/labs"


def test_without_cgroups_no_engine_is_promised(tmp_path: Path) -> None:
    with pytest.raises(PrivateEngineError, match="--privileged"):
        Cgroups("layercake-x", ()).make(Configuration().resolved())


def test_dockerd_keeps_memory_for_itself_and_containers_some_beside_a_build() -> None:
    given = Configuration(memory_bytes=4 * GIB)
    assert given.labs_memory_bytes == 3 * GIB
    assert given.build_memory_bytes == 1536 * MIB
    assert Configuration(memory_bytes=512 * MIB).labs_memory_bytes == 256 * MIB


def test_what_is_not_set_is_a_share_of_the_machine() -> None:
    given = Configuration().resolved()
    assert given.memory_bytes > 0
    assert given.cpus > 0
    assert Configuration(memory_bytes=GIB, cpus=1.5).resolved().memory_bytes == GIB


def test_the_range_of_ids_is_behind_all_that_were_given_out() -> None:
    assert after([]) == 231072
    assert after(["a:100000:65536", "b:165536:65536"]) == 231072
    assert after(["a:100000:65536", "b:900000:65536", "no line", ""]) == 965536


def test_dockerd_is_told_to_be_quiet_and_to_lead_nowhere(tmp_path: Path) -> None:
    told = daemon_settings(Place(tmp_path), Configuration(), "/layercake-x/labs", "somebody")
    assert told["cgroup-parent"] == "/layercake-x/labs"
    assert told["userns-remap"] == "somebody"
    assert (told["bridge"], told["icc"], told["ip-masq"]) == ("none", False, False)
    assert told["log-opts"] == {"max-size": "1m", "max-file": "2"}
    assert told["live-restore"] is False
    assert "userns-remap" not in daemon_settings(Place(tmp_path), Configuration(), "/x", "")


def test_another_setting_is_another_fingerprint() -> None:
    same = fingerprint(Configuration(), {"a": 1})
    assert fingerprint(Configuration(), {"a": 1}) == same
    assert fingerprint(Configuration(pids=9), {"a": 1}) != same
    assert fingerprint(Configuration(), {"a": 2}) != same


def test_a_socket_whose_path_is_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PrivateEngineError, match="107 characters"):
        Place.below(tmp_path / ("x" * 100)).make()
    assert list(tmp_path.iterdir()) == []


def test_an_engine_below_run_is_refused() -> None:
    with pytest.raises(PrivateEngineError, match="LAYERCAKE_DATA"):
        Place.below(Path("/run/layercake-test")).make()


def test_elsewhere_than_on_linux_it_says_what_to_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(PrivateEngineError, match="virtual machine with Debian"):
        up(Place.below(tmp_path), Configuration())
    with pytest.raises(PrivateEngineError, match="virtual machine with Debian"):
        down(Place.below(tmp_path))
    assert not status(Place.below(tmp_path)).running
    assert list(tmp_path.iterdir()) == []


def test_it_is_imported_where_unix_is_not() -> None:
    """As `manage.py engine` is on Windows, to say so."""
    code = "import sys; sys.modules.update(fcntl=None, grp=None, pwd=None)\n"
    code += "import visualizer.engine.private, visualizer.engine.private.doctor"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=PROJECT)


def test_evidence_is_one_line_without_a_terminals_codes() -> None:
    evidence = found("x", True, "one\ntwo \x1b]8;;http://evil\x07link" + "y" * 500).evidence
    assert evidence.startswith("one two ]8;;http://evil link")
    assert len(evidence) == 160

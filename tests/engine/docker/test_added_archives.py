"""Archives that ADD would unpack are looked through before the engine has them."""

import bz2
import gzip
import lzma
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.engine.hostile.archives import sparse_tar, tar_of_files, tar_of_zeros
from visualizer.dockerfile import parse, plan
from visualizer.dockerfile.context import ContextFiles
from visualizer.dockerfile.operations import BaseImage
from visualizer.engine.build_failures import BuildStopped
from visualizer.engine.docker.added_archives import check_added_archives
from visualizer.engine.limits import Limits
from visualizer.engine.port import ContextFile

LIMITS = replace(Limits(), image_bytes=1_000_000, image_files=100)


def check(steps: str, files: Mapping[str, bytes]) -> None:
    context = ContextFiles.from_bytes(dict(files), {})
    planned = plan(
        parse(f"FROM busybox\n{steps}\n"),
        context=context,
        bases=lambda name: BaseImage({}, name, "sha256:0"),
    )
    check_added_archives(planned, [ContextFile(*file) for file in files.items()], LIMITS)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_what_fits_is_let_through_and_what_does_not_is_refused(pack: object) -> None:
    assert callable(pack)
    check("ADD a.tar /", {"a.tar": pack(tar_of_zeros(900_000))})
    with pytest.raises(BuildStopped) as stopped:
        check("ADD a.tar /", {"a.tar": pack(tar_of_zeros(1_100_000))})
    assert stopped.value.diagnosis is not None
    assert (stopped.value.diagnosis.code, stopped.value.diagnosis.line) == ("add-large-archive", 2)


@pytest.mark.parametrize(
    ("steps", "fits"),
    [
        ("ADD a.tar /one/\nADD a.tar /two/", False),
        ("ADD * /", True),
        ("ADD ./*.tar /", True),
        ("ADD a.t?r /\nADD d/../a.tar /x/", False),
        ("ADD a.tar ./a.tar /x/", False),
        ("ADD [^b].tar /\nADD [\\\\a].tar /x/", False),
        ("ADD d /\nADD d /x/\nADD a.tar /y/", True),
        ("COPY a.tar /one/\nCOPY a.tar /two/\nADD a.tar /three/", True),
    ],
)
def test_all_that_a_build_unpacks_counts_together(steps: str, fits: bool) -> None:
    files = {"a.tar": tar_of_zeros(600_000), "d/x.tar": tar_of_zeros(600_000)}
    if fits:
        check(steps, files)
        return
    with pytest.raises(BuildStopped):
        check(steps, files)


def test_files_are_counted_too() -> None:
    check("ADD a.tar /", {"a.tar": tar_of_files(100)})
    with pytest.raises(BuildStopped):
        check("ADD a.tar /", {"a.tar": tar_of_files(101)})


def test_a_file_counts_as_large_as_it_says_it_is() -> None:
    with pytest.raises(BuildStopped):
        check("ADD a.tar /", {"a.tar": sparse_tar(10**12)})


def test_what_is_no_archive_or_a_broken_one_is_left_to_the_engine() -> None:
    good = gzip.compress(tar_of_zeros(600_000))
    for content in (b"", b"text", good[:50], b"BZh9nonsense", b"\xfd7zXZ\x00nonsense", bytes(5000)):
        check("ADD a.tar /", {"a.tar": content})


def test_an_archive_that_wants_gigabytes_of_memory_does_not_get_them() -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 256 * 1024 * 1024}]
    content = lzma.compress(tar_of_zeros(1000), filters=filters)
    check("ADD a.tar /", {"a.tar": content})

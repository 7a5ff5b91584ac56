"""Archives that strangers made, for ADD."""

import bz2
import gzip
import io
import lzma
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualizer.engine.embedded.archive import (
    ArchiveTooLarge,
    BadArchive,
    is_tar,
    members,
    tar_of,
)
from visualizer.engine.embedded.unpack import Breakout, Unpacked, unpack

Entry = tuple[str, bytes, str, bytes]
"""Name, type, link target, content."""


def archive(*entries: Entry, format: int = tarfile.PAX_FORMAT) -> bytes:
    """An archive of these entries."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as made:
        for name, kind, target, content in entries:
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size, info.mode = kind, target, len(content), 0o640
            made.addfile(info, io.BytesIO(content))
    return out.getvalue()


def plain(name: str, content: bytes = b"x") -> Entry:
    return name, tarfile.REGTYPE, "", content


def link(name: str, target: str) -> Entry:
    return name, tarfile.SYMTYPE, target, b""


def unpacked(*entries: Entry, format: int = tarfile.PAX_FORMAT) -> Unpacked:
    return unpack(archive(*entries, format=format), "/opt", largest=10_000, most=50)


@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_every_format_is_read(format: int) -> None:
    long = "d" * 90 + "/" + "f" * 90
    found = unpacked(plain("a.txt", b"hello"), plain(long), ("d/", tarfile.DIRTYPE, "", b""),
                     link("l", "a.txt"), format=format)  # fmt: skip
    assert set(found.nodes) == {"/opt/a.txt", f"/opt/{long}", "/opt/d", "/opt/l"}
    assert found.contents["/opt/a.txt"] == b"hello"
    assert found.nodes["/opt/a.txt"].mode == 0o640
    assert found.nodes["/opt/l"].target == "a.txt"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_every_compression_is_recognised(pack: object) -> None:
    tar = archive(plain("a.txt"))
    assert callable(pack)
    assert tar_of(pack(tar), 100_000) == tar


def test_what_is_no_archive_is_left_alone() -> None:
    for data in (b"", b"hello", gzip.compress(b"not a tar"), b"\x1f\x8bbroken", bytes(2048)):
        assert tar_of(data, 100_000) is None


def test_several_gzip_streams_are_one_archive() -> None:
    tar = archive(plain("a.txt"))
    assert tar_of(gzip.compress(tar[:700]) + gzip.compress(tar[700:]) + bytes(64), 100_000) == tar


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_bomb_is_refused_before_it_is_unpacked(pack: object) -> None:
    assert callable(pack)
    bomb = pack(archive(plain("zeros", bytes(5_000_000))))
    assert len(bomb) < 10_000
    with pytest.raises(ArchiveTooLarge):
        tar_of(bomb, 100_000)


def test_too_many_bytes_and_too_many_entries_are_refused() -> None:
    with pytest.raises(ArchiveTooLarge):
        unpacked(plain("a", bytes(6_000)), plain("b", bytes(6_000)))
    with pytest.raises(ArchiveTooLarge):
        unpacked(*(plain(f"f{number}") for number in range(51)))


@pytest.mark.parametrize("name", ["../evil", "a/../../evil", "a/../b", "/../evil"])
def test_a_name_with_dots_is_refused(name: str) -> None:
    with pytest.raises(Breakout):
        unpacked(plain(name))


def test_an_absolute_name_stays_inside() -> None:
    assert set(unpacked(plain("/etc/passwd")).nodes) == {"/opt/etc/passwd"}


@pytest.mark.parametrize("target", ["../../etc", "a/../../../etc", "/../etc"])
def test_a_symlink_that_points_out_is_refused(target: str) -> None:
    with pytest.raises(Breakout):
        unpacked(link("d/l", target))


def test_writing_through_a_symlink_is_refused() -> None:
    with pytest.raises(Breakout):
        unpacked(link("l", "inside"), plain("l/file"))


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "not-there"])
def test_a_hard_link_to_the_outside_is_refused(target: str) -> None:
    with pytest.raises(Breakout):
        unpacked(("l", tarfile.LNKTYPE, target, b""))


def test_a_hard_link_inside_is_a_copy() -> None:
    found = unpacked(plain("one", b"1"), ("two", tarfile.LNKTYPE, "one", b""))
    assert found.contents["/opt/two"] == b"1"


def test_devices_and_pipes_are_passed_over() -> None:
    found = unpacked(("null", tarfile.CHRTYPE, "", b""), ("pipe", tarfile.FIFOTYPE, "", b""))
    assert found.nodes == {}
    assert found.skipped == ["null", "pipe"]


def test_names_of_whiteouts_are_passed_over() -> None:
    assert unpacked(plain(".wh.passwd")).skipped == [".wh.passwd"]


def test_a_header_that_lies_about_its_size_is_refused() -> None:
    tar = bytearray(archive(plain("a"), format=tarfile.USTAR_FORMAT))
    tar[124:136] = b"77777777777\0"
    tar[148:156] = b"%06o\0 " % (sum(tar[:148]) + sum(tar[156:512]) + 256)
    with pytest.raises(BadArchive):
        list(members(bytes(tar)))


def test_a_pax_header_of_digits_costs_no_time() -> None:
    # CVE-2024-6232: the regular expression of Python's tarfile needs hours for this.
    digits = b"9" * 60_000
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as made:
        info = tarfile.TarInfo("pax")
        info.type, info.size = tarfile.XHDTYPE, len(digits)
        out.write(info.tobuf(tarfile.USTAR_FORMAT) + digits + bytes(-len(digits) % 512))
        made.addfile(tarfile.TarInfo("file"))
    with pytest.raises(BadArchive):
        list(members(out.getvalue()))


@given(st.binary(max_size=3000), st.data())
def test_damaged_archives_are_refused_or_read(noise: bytes, data: st.DataObject) -> None:
    tar = bytearray(archive(plain("a", b"1" * 600), link("l", "a"), plain("ü" * 120)))
    at = data.draw(st.integers(0, len(tar) - 1))
    tar[at : at + len(noise)] = noise
    try:
        found = unpack(bytes(tar), "/opt", largest=100_000, most=50)
    except (BadArchive, ArchiveTooLarge):
        return
    assert all(path.startswith("/opt/") for path in found.nodes)


def test_bytes_without_a_checksum_are_no_tar() -> None:
    assert not is_tar(b"x" * 512)
    assert not is_tar(bytes(512))

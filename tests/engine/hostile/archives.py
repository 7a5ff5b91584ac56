"""Archives that nobody should unpack."""

import io
import tarfile


def _tar(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def outward_tar() -> bytes:
    """Members that would end up outside the place where they are unpacked."""
    names = ("../../../../../../escaped", "/escaped", "a/../../../escaped")
    return _tar(*((tarfile.TarInfo(name), b"escaped") for name in names))


def linking_tar() -> bytes:
    """A link to a directory outside, and a file that goes through it."""
    link = tarfile.TarInfo("out")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc"
    return _tar((link, b""), (tarfile.TarInfo("out/escaped"), b"escaped"))


def tar_of_zeros(size: int) -> bytes:
    """One file of so many zeros."""
    return _tar((tarfile.TarInfo("zeros"), bytes(size)))


def sparse_tar(size: int) -> bytes:
    """A file that is said to be so large, and of which nothing is in the archive (GNU's form)."""
    info = tarfile.TarInfo("sparse")
    info.size = 512
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[156:157] = tarfile.GNUTYPE_SPARSE
    # One extent at the end of the hole, then the real size.
    header[386:398] = b"%011o\0" % (size - 512) if size < 8**11 else _binary(size - 512)
    header[398:410] = b"%011o\0" % 512
    header[483:495] = b"%011o\0" % size if size < 8**11 else _binary(size)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + bytes(512) + bytes(1024)


def _binary(number: int) -> bytes:
    """A number too long for twelve octal digits, as GNU tar writes it."""
    return b"\x80" + number.to_bytes(11, "big")


def tar_of_files(count: int) -> bytes:
    """So many empty files."""
    return _tar(*((tarfile.TarInfo(f"f{number}"), b"") for number in range(count)))

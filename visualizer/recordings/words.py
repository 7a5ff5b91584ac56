"""Which characters people can see: titles and notes are shown to strangers as they are."""

import unicodedata

UNSEEN = frozenset(("Cc", "Cs", "Zl", "Zp"))
"""Unicode's categories of control characters, half characters and breaks of line and paragraph."""
DIRECTIONS = frozenset(
    map(chr, (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
"""With these `exe.py` can be made to look like `yp.exe`."""


def unseen(text: str, *, lines: bool = False) -> bool:
    """Whether a character in it cannot be seen, or turns the writing; `lines`: it may have some."""
    allowed = "\n\t" if lines else ""
    return any(
        character not in allowed
        and (character in DIRECTIONS or unicodedata.category(character) in UNSEEN)
        for character in text
    )

"""Words as they come out of a line that is being read: what ends one, and what does not."""

SPACES = frozenset("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000") | {
    chr(c) for c in range(0x2000, 0x200B)
}
"""Go's `unicode.IsSpace`; Python's `str.isspace` counts four control characters more."""


class Words:
    """Collects words while the text is read; quoted spaces do not end one."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.parts: list[str] = []

    def add(self, text: str) -> None:
        for char in text:
            if char not in SPACES:
                self.parts.append(char)
            elif self.parts:
                self.finish()

    def add_quoted(self, text: str) -> None:
        if text:
            self.parts.append(text)

    def finish(self) -> list[str]:
        if self.parts:
            self.done.append("".join(self.parts))
            self.parts = []
        return self.done


class NoWords(Words):
    """In the place of words that nobody asked for."""

    def add(self, text: str) -> None:
        pass

    def add_quoted(self, text: str) -> None:
        pass

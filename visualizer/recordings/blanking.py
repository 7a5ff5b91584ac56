"""Takes words and output out of a recording, everywhere alike, so that it still plays.

What names a thing by its content (digests of files, layers, images) could be used to try out
whether a word was in it, so with words those names are exchanged too, the same for the same.
"""

import hashlib
import hmac
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.recordings.disguises import ESCAPES, ESCAPES_AND_LINES, Printed, encodings
from visualizer.recordings.format import Header, IncludedFile, Note, Recorded, included
from visualizer.recordings.streams import OUTPUT, Stream, streams_of

BLANK = "▒"
SHORTEST = 3
"""Characters of a word: shorter ones are in everything."""
AT_EDGES = 200
"""Characters of a word that are looked for where a stream of output was cut."""
SMALL = "₀₁₂₃₄₅₆₇₈₉"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
PRINTED = re.compile(r"[^\n\r\t]")

FINGERPRINTS = frozenset(("image", "layer", "layers", "digest", "sha256", "blob"))
IDS = frozenset(("container", "exec", "subject"))
"""Made by chance, so they say nothing."""
WORDS = frozenset(("type", "kind", "state", "severity", "makes", "direction", "code", "stream"))
"""Of the vocabulary itself."""
KEPT = IDS | WORDS | {"engine", "limits", "instruction", "what", "field"}


def without_output(events: Sequence[AnyEvent]) -> list[AnyEvent]:
    """The tape with all output blanked, line for line."""
    return [
        msgspec.structs.replace(fact, text=_blanked(fact.text))
        if isinstance(fact, OUTPUT)
        else fact
        for fact in events
    ]


def _blanked(text: str) -> str:
    return PRINTED.sub(BLANK, ESCAPES.sub("", text))


class Blanking:
    """Some words, and what takes their place: `▒▒▒` for the first, `▒▒▒₂` for the second …"""

    def __init__(self, words: Sequence[str], secret: str) -> None:
        """`secret` is what nobody knows who only has the recording."""
        folded = {_folded(word) for word in words if len(word) >= SHORTEST}
        # The longest first, so that of two that overlap nothing is left over.
        self._words = sorted(folded, key=lambda word: (-len(word), word))
        self._places = {word: _place(n) for n, word in enumerate(self._words, start=1)}
        self._encoded = {
            encoded: self._places[_folded(word)]
            for word in words
            if len(word) >= SHORTEST
            for encoded in encodings(word)
        }
        self._secret = secret.encode()

    def blank(self, recorded: Recorded) -> Recorded:
        """The recording without the words. Sizes of files are those of the blanked content."""
        if not self._words:
            return recorded
        files = {file.sha256: self._file(file) for file in recorded.header.files}
        events = self._output(recorded.events)
        return Recorded(
            self._header(recorded.header, list(files.values())),
            [self._event(fact, files) for fact in events],
        )

    def text(self, text: str) -> str:
        """The text without the words."""
        parts, done = [], 0
        for start, end, place in self._spans(text):
            parts += [text[done:start], place]
            done = end
        return "".join([*parts, text[done:]]) if done else text

    def _at_edges(self, folded: str) -> list[tuple[int, int, str]]:
        """Halves of words: a part of a tape may begin or end in the middle of one."""
        found = []
        most = min(len(folded), AT_EDGES)
        for word in self._words:
            lengths = range(min(len(word) - 1, most), SHORTEST - 1, -1)
            begins = next((n for n in lengths if folded.startswith(word[-n:])), 0)
            ends = next((n for n in lengths if folded.endswith(word[:n])), 0)
            found += [(0, begins, self._places[word])] if begins else []
            found += [(len(folded) - ends, len(folded), self._places[word])] if ends else []
        return found

    def _spans(self, text: str, is_part: bool = False) -> list[tuple[int, int, str]]:
        """Where the words are, and what takes their place; none overlaps another."""
        folded = _folded(text)
        found = self._plain(folded, is_part)
        if "\x1b" in text:
            printed = Printed(folded, ESCAPES)
            found += [
                (*printed.span(start, end), place)
                for start, end, place in self._plain(printed.text, is_part)
            ]
        found += self._in_base64(text)
        spans: list[tuple[int, int, str]] = []
        for start, end, place in sorted(found, key=lambda span: (span[0], -span[1])):
            if spans and start < spans[-1][1]:
                # Half of a word that overlaps another must not be left over either.
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]), spans[-1][2])
            else:
                spans.append((start, end, place))
        return spans

    def _plain(self, folded: str, is_part: bool) -> list[tuple[int, int, str]]:
        """The words as they are.

        Looked for one by one: a pattern of many long words could take for ever on a text that was
        made for it.
        """
        found = [
            (start, start + len(word), self._places[word])
            for word in self._words
            for start in _occurrences(word, folded)
        ]
        return found + self._at_edges(folded) if is_part else found

    def _in_base64(self, text: str) -> list[tuple[int, int, str]]:
        """The words in base64, with the characters around that hold a part of them too."""
        printed = Printed(text, ESCAPES_AND_LINES)
        last = len(printed.text)
        return [
            (*printed.span(max(0, start - before), min(last, end + after)), place)
            for (encoded, before, after), place in self._encoded.items()
            for start in _occurrences(encoded, printed.text)
            for end in [start + len(encoded)]
        ]

    def _header(self, header: Header, files: list[IncludedFile]) -> Header:
        return msgspec.structs.replace(
            header,
            title=self.text(header.title),
            description=self.text(header.description),
            notes=[Note(at=note.at, text=self.text(note.text)) for note in header.notes],
            files=list({file.sha256: file for file in files}.values()),
        )

    def _file(self, file: IncludedFile) -> IncludedFile:
        if file.text is not None:
            return included(self.text(file.text).encode())
        # Latin-1 gives each byte a character of its own, and the words as their bytes in UTF-8.
        content = file.content.decode("latin1")
        parts, done = [], 0
        for start, end, _ in self._as_bytes()._spans(content):
            parts += [content[done:start].encode("latin1"), (BLANK * 3).encode()]
            done = end
        return included(b"".join([*parts, content[done:].encode("latin1")]))

    def _as_bytes(self) -> "Blanking":
        """The same for texts of which each character is a byte. Base64 is the same in both."""
        spelled = Blanking([word.encode().decode("latin1") for word in self._words], "")
        spelled._encoded = self._encoded
        return spelled

    def _output(self, events: Sequence[AnyEvent]) -> list[AnyEvent]:
        blanked = list(events)
        for stream in streams_of(events):
            for place, text in self._chunks(stream):
                blanked[place] = msgspec.structs.replace(blanked[place], text=text)
        return blanked

    def _chunks(self, stream: Stream) -> list[tuple[int, str]]:
        """Each chunk's new text; a word that goes over several is blanked in the first."""
        text = stream.text
        parts: list[list[str]] = [[] for _ in stream.places]
        ends = [*stream.starts[1:], len(text)]

        def copy(start: int, end: int) -> None:
            while start < end:
                chunk = bisect_right(stream.starts, start) - 1
                stop = min(end, ends[chunk])
                parts[chunk].append(text[start:stop])
                start = stop

        done = 0
        for start, end, place in self._spans(text, is_part=True):
            copy(done, start)
            parts[bisect_right(stream.starts, start) - 1].append(place)
            done = end
        copy(done, len(text))
        return [(place, "".join(part)) for place, part in zip(stream.places, parts, strict=True)]

    def _event(self, fact: AnyEvent, files: dict[str, IncludedFile]) -> AnyEvent:
        if isinstance(fact, OUTPUT):
            return fact  # Done, over its chunks.
        raw = msgspec.to_builtins(fact)
        kept = KEPT | {"reason"} if isinstance(fact, event.ContainerExited) else KEPT
        blanked = {
            name: value if name in kept else self._value(value, name) for name, value in raw.items()
        }
        if isinstance(fact, event.BuildStarted):
            blanked["files"] = [self._entry(entry, files) for entry in fact.files]
        fresh: AnyEvent = msgspec.convert(blanked, AnyEvent)
        return fresh

    def _entry(self, entry: event.FileEntry, files: dict[str, IncludedFile]) -> dict[str, Any]:
        found = files.get(entry.sha256)
        return {
            "path": self.text(entry.path),
            "size": entry.size if found is None else len(found.content),
            "sha256": self._fingerprint(entry.sha256) if found is None else found.sha256,
        }

    def _value(self, value: Any, name: str) -> Any:
        if isinstance(value, str):
            return self._fingerprint(value) if name in FINGERPRINTS else self.text(value)
        if isinstance(value, list):
            return [self._value(inner, name) for inner in value]
        if isinstance(value, dict):
            if name == "config":  # Its own keys are Docker's.
                return {key: self._free(inner) for key, inner in value.items()}
            if name in ("args", "value"):
                return self._free(value)
            return {
                key: inner if key in KEPT else self._value(inner, key)
                for key, inner in value.items()
            }
        return value

    def _free(self, value: Any) -> Any:
        """What an image's config or a build argument holds: any text, keys too."""
        if isinstance(value, str):
            return self._fingerprint(value) if DIGEST.fullmatch(value) else self.text(value)
        if isinstance(value, list):
            return [self._free(inner) for inner in value]
        if isinstance(value, dict):
            return {self.text(key): self._free(inner) for key, inner in value.items()}
        return value

    def _fingerprint(self, digest: str) -> str:
        head, colon, hexadecimal = digest.rpartition(":")
        fresh = hmac.new(self._secret, hexadecimal.encode(), hashlib.sha256).hexdigest()
        return f"{head}{colon}{fresh[: len(hexadecimal)]}"


def _place(number: int) -> str:
    digits = "".join(SMALL[int(digit)] for digit in str(number)) if number > 1 else ""
    return BLANK * 3 + digits


def _folded(text: str) -> str:
    """In small letters, each character in its place: a few have small forms of two."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


def _occurrences(word: str, folded: str) -> Iterator[int]:
    start = folded.find(word)
    while start >= 0:
        yield start
        start = folded.find(word, start + len(word))

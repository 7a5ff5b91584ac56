"""What in a recording looks like a secret. A hint for its author: it finds the usual, not all."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import msgspec

from visualizer.events import types as event
from visualizer.events.types import AnyEvent
from visualizer.recordings.blanking import FINGERPRINTS, KEPT
from visualizer.recordings.disguises import ESCAPES
from visualizer.recordings.format import Recorded
from visualizer.recordings.streams import OUTPUT, streams_of

MOST = 100
LOOKED_AT = 1000
"""Matches of one kind in one text."""
EXCERPT = 120
TEXT = 1024 * 1024
"""Characters of one text that are looked through."""

TELLING = (
    r"(?:passw(?:or)?d|passphrase|(?<![a-z])pass|secret|token|(?:api|access|private)_?key|"
    r"credentials?)"
)
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    # Each looks at a run of characters once, from its beginning, and never back: the text may be
    # made to keep a pattern busy.
    ("a private key", re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,8000}+")),
    (
        "an access key or token",
        re.compile(
            r"(?<![\w-])(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,255}+|github_pat_\w{30,255}+"
            r"|glpat-[\w-]{20,64}+|xox[abprs]-[\w-]{10,200}+|AIza[\w-]{35}|[sr]k_live_\w{16,100}+"
            r"|sk-[\w-]{20,200}+|hf_[A-Za-z0-9]{30,64}+|npm_[A-Za-z0-9]{36}|pypi-[\w-]{30,255}+"
            r"|dckr_pat_[\w-]{20,64}+|eyJ[\w-]{10,2000}+\.eyJ[\w-]{10,2000}+\.[\w-]{10,2000}+)"
        ),
    ),
    (
        "a user name and password in an address",
        re.compile(
            r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,20}+://[^\s/:@\"']{1,100}+:([^\s/@\"']{1,200}+)@",
            re.IGNORECASE,
        ),
    ),
    (
        "a value whose name sounds secret",
        re.compile(
            rf"{TELLING}(?:_?[a-z0-9]{{1,20}}+)?[\"']?\s{{0,3}}+[=:]\s{{0,3}}+"
            r"[\"']?([^\s\"',;]{3,200}+)",
            re.IGNORECASE,
        ),
    ),
    (
        "an e-mail address",
        re.compile(
            r"(?<![\w.+-])[\w.+-]{1,64}+@[A-Za-z0-9-]{1,63}+(?:\.[A-Za-z0-9-]{1,63}+){1,5}(?!\w)"
        ),
    ),
)
RANDOM = re.compile(r"(?<![\w/+.-])[A-Za-z0-9_/+-]{24,200}+={0,2}+(?![\w/+-])")
HEXADECIMAL = re.compile(r"[0-9a-f]+|[0-9A-F]+")
BITS = 4.2
"""A character of what chance made; English has less than that, in words this long."""
TELLING_NAME = re.compile(TELLING, re.IGNORECASE)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that looks like a secret."""

    where: str
    """For people: `the output of step 3 of build 1`."""
    at: int
    """The position at which it is there."""
    what: str
    """For people: `an e-mail address`."""
    excerpt: str
    """The text around it."""
    word: str
    """What to blank."""


class Place(NamedTuple):
    """A text of the recording."""

    where: str
    at: int
    text: str


def findings(recorded: Recorded) -> list[Finding]:
    """What looks like a secret, each once, at most `MOST`."""
    found: dict[tuple[str, str], Finding] = {}
    for place in _places(recorded):
        for what, word, start in _secrets(place.text[:TEXT]):
            excerpt = _around(place.text, start, len(word))
            fresh = Finding(where=place.where, at=place.at, what=what, excerpt=excerpt, word=word)
            found.setdefault((what, word), fresh)
            if len(found) >= MOST:
                return list(found.values())
    return list(found.values())


def _secrets(text: str) -> Iterator[tuple[str, str, int]]:
    """What, which word, and where it starts."""
    covered: list[tuple[int, int]] = []

    def is_new(span: tuple[int, int]) -> bool:
        fresh = not any(span[0] < end and span[1] > start for start, end in covered)
        if fresh:
            covered.append(span)
        return fresh

    for what, pattern in PATTERNS:
        group = 1 if pattern.groups else 0
        for match in islice(pattern.finditer(text), LOOKED_AT):
            # A variable, what is blanked already, or a placeholder is no secret.
            if not match[group].startswith(("$", "▒", "<")) and is_new(match.span(group)):
                yield what, match[group], match.start(group)
    for match in islice(RANDOM.finditer(text), LOOKED_AT):
        if _looks_random(match[0]) and is_new(match.span()):
            yield "text that looks as if chance had made it, as keys do", match[0], match.start()


def _looks_random(word: str) -> bool:
    if HEXADECIMAL.fullmatch(word):
        # Digests of images and commits are everywhere, and no secret; a key often has 32 digits.
        return len(word) == 32
    if not (any(c.isdigit() for c in word) and any(c.isalpha() for c in word)):
        return False
    counts = Counter(word)
    bits = -sum(n / len(word) * math.log2(n / len(word)) for n in counts.values())
    return bits >= BITS and word.count("/") <= len(word) // 12


def _places(recorded: Recorded) -> Iterator[Place]:
    header, events = recorded
    yield Place("the title", header.begins, header.title)
    yield Place("the description", header.begins, header.description)
    for note in header.notes:
        yield Place("a note", note.at, note.text)
    contents = {file.sha256: file.text for file in header.files if file.text is not None}
    yield from _files(events, contents)
    for fact in events:
        yield from _words(fact)
    for stream in streams_of(events):
        # A terminal's colours end in a letter, and would look like a part of the next word.
        text = ESCAPES.sub(lambda found: " " * len(found[0]), stream.text)
        yield Place(stream.name, events[stream.places[0]].seq, text)


def _files(events: Sequence[AnyEvent], contents: Mapping[str, str]) -> Iterator[Place]:
    seen = set()
    for build in (fact for fact in events if isinstance(fact, event.BuildStarted)):
        for entry in build.files:
            if entry.sha256 not in seen:
                seen.add(entry.sha256)
                text = contents.get(entry.sha256, "")
                yield Place(f"the file {entry.path} of build {build.build}", build.seq, text)


def _words(fact: AnyEvent) -> Iterator[Place]:
    if isinstance(fact, OUTPUT):
        return
    if isinstance(fact, event.BuildStarted):
        yield Place(f"the Dockerfile of build {fact.build}", fact.seq, fact.dockerfile)
        for name, value in fact.args.items():
            yield Place(f"a build argument of build {fact.build}", fact.seq, f"{name}={value}")
        for entry in fact.files:
            yield Place(f"the name of a file of build {fact.build}", fact.seq, entry.path)
        return
    where = {
        event.BuildPlanned: "the steps of a build",
        event.ConfigChanged: "an image's config",
        event.ImageBuilt: "an image's config",
        event.ImageCommitted: "an image's config",
        event.ImagePulled: "an image's config",
        event.StepEntered: "an image's config",
        event.ContainerCreated: "a container's command",
        event.ExecStarted: "a command",
        event.ContainerChanged: "the names of files in a container",
    }.get(type(fact), "a message")
    for text in _texts(msgspec.to_builtins(fact)):
        yield Place(where, fact.seq, text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key in KEPT or key in FINGERPRINTS:
                continue
            if isinstance(inner, str) and TELLING_NAME.search(key):
                yield f"{key}={inner}"
            else:
                yield from _texts(inner)


def _around(text: str, start: int, length: int) -> str:
    room = max(0, EXCERPT - length) // 2
    excerpt = text[max(0, start - room) : start + min(length, EXCERPT) + room]
    return "".join(c if c.isprintable() else " " for c in excerpt).strip()

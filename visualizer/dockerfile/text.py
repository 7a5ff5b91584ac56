"""The text of a Dockerfile before its instructions: bytes to characters, line ends, the directives
in the first comments, and the cut into logical lines (continuations joined, heredocs attached)."""

import json
import re
from dataclasses import dataclass

from visualizer.dockerfile.lexer import ExpansionError, Lexer
from visualizer.dockerfile.words import SPACES

BOM = "\ufeff"
_SPACES = "".join(SPACES)
_DIRECTIVE = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)\s*=(.*)", re.DOTALL)
_DIRECTIVES = ("syntax", "escape", "check")
_HEREDOC = re.compile(r"\d*<<(-?)([^<]*)")
_HEREDOC_INSTRUCTIONS = re.compile(r"^\s*(onbuild\s+)?(run|copy|add)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Heredoc:
    """A document written inside the Dockerfile."""

    name: str
    content: str
    expand: bool
    """False when the delimiter was quoted: `$variables` in a copied file then stay as written."""
    chomp: bool
    """True for `<<-`: leading tabs are taken off."""

    @property
    def text(self) -> str:
        """The content, without its leading tabs if it was asked for."""
        return re.sub(r"(?m)^\t+", "", self.content) if self.chomp else self.content


@dataclass(frozen=True)
class Directive:
    """A parser directive such as `# escape=`` ` in the first lines."""

    name: str
    value: str
    line: int


@dataclass(frozen=True)
class Chunk:
    """The lines of one instruction, before Docker's parser has read them."""

    line_start: int
    line_end: int
    joined: str
    """The instruction on one line, without heredoc bodies."""
    heredocs: tuple[Heredoc, ...] = ()
    unterminated: str | None = None
    """The heredoc delimiter that never came."""
    empty_lines: tuple[int, ...] = ()
    """Empty lines inside a continued instruction; Docker warns of them."""


def normalise(source: str | bytes) -> tuple[str, bool, bool]:
    """The text without BOM and with LF line ends, whether it was UTF-8, and whether it has a NUL.

    Docker's parser is handed a C string, so a NUL would silently cut the file: it is replaced.
    """
    raw = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    try:
        text, valid = raw.decode("utf-8"), True
    except UnicodeDecodeError:
        text, valid = raw.decode("utf-8", "replace"), False
    has_nul = "\0" in text
    text = text.removeprefix(BOM).replace("\r\n", "\n").replace("\0", "\ufffd")
    return text, valid, has_nul


def directives(text: str, comment: str = "#") -> list[Directive]:
    """The parser directives, in order. Repeated ones are given twice; the caller judges."""
    found = []
    lines = text.split("\n")
    first = 1 if lines[0].startswith("#!") else 0
    for number, line in enumerate(lines[first:], first + 1):
        line = line.lstrip(_SPACES)
        if not line.startswith(comment):
            break
        match = _DIRECTIVE.match(line[len(comment) :].lstrip(_SPACES))
        value = match[2].strip() if match else ""
        if not match or not value or match[1].lower() not in _DIRECTIVES:
            break
        found.append(Directive(match[1].lower(), value, number))
    return found


def syntax(text: str) -> Directive | None:
    """The frontend that the file asks for, in each of the three spellings that Docker looks for."""
    for comment in ("#", "//"):
        for directive in directives(text, comment):
            if directive.name == "syntax":
                return Directive("syntax", directive.value.split(" ")[0], directive.line)
    if text.lstrip(_SPACES).startswith("{"):
        try:
            document = json.loads(text)
        except (ValueError, RecursionError):
            return None
        if isinstance(document, dict) and isinstance(document.get("syntax"), str):
            return Directive("syntax", document["syntax"], 1)
    return None


def escape_character(text: str) -> str:
    """The escape that the file chose, or the usual backslash."""
    # A shebang is skipped only when the syntax is looked for; for the parser it is a comment.
    for directive in [] if text.startswith("#!") else directives(text):
        if directive.name == "escape" and directive.value in ("`", "\\"):
            return directive.value
    return "\\"


def is_comment(line: str) -> bool:
    """Docker sees a comment only when `#` is the line's first character after spaces."""
    return line.lstrip(_SPACES).startswith("#")


def heredocs_in(line: str) -> list[tuple[str, bool, bool]]:
    """The heredocs that a logical line opens: name, expand, chomp."""
    try:
        words = Lexer({}, raw_quotes=True, raw_escapes=True, skip_unset=True).split(line)
    except ExpansionError:
        return []  # BuildKit drops the error too, and sees no heredoc
    return [found for word in words if (found := heredoc_word(word))]


def heredoc_word(word: str) -> tuple[str, bool, bool] | None:
    """Name, expand and chomp when the word is `<<NAME`, `<<-NAME` or `<<'NAME'`."""
    match = _HEREDOC.fullmatch(word)
    name = match[2].lstrip() if match else ""
    if not match or not name:
        return None
    try:
        plain = Lexer({}, skip_unset=True).split(name)
        raw = Lexer({}, raw_quotes=True, skip_unset=True).split(name)
    except ExpansionError:
        return None
    if len(plain) != 1 or len(raw) != 1:
        return None
    quotes = [word.count("'") + word.count('"') for word in (plain[0], raw[0])]
    return plain[0], quotes[0] == quotes[1], match[1] == "-"


def cut(text: str, escape: str) -> list[Chunk]:
    """The file's logical lines, as BuildKit's `parser.Parse` reads them."""
    cutter = _Cutter(text, escape)
    chunks = []
    while (chunk := cutter.next()) is not None:
        chunks.append(chunk)
    return chunks


class _Cutter:
    def __init__(self, text: str, escape: str) -> None:
        self.lines = text.split("\n")
        if self.lines[-1] == "":
            self.lines.pop()
        self.at = 0
        mark = re.escape(escape)
        self.continued = re.compile(rf"([^{mark}]){mark}[ \t]*$|^{mark}[ \t]*$")

    def next(self) -> Chunk | None:
        while self.at < len(self.lines):
            line = self.lines[self.at].rstrip("\r").lstrip(_SPACES)
            self.at += 1
            if line and not is_comment(line):
                return self.instruction(line)
        return None

    def trim(self, line: str) -> tuple[str, bool]:
        if match := self.continued.search(line):
            return line[: match.start()] + (match[1] or ""), True
        return line, False

    def instruction(self, line: str) -> Chunk:
        start = self.at
        empty: list[int] = []
        joined, goes_on = self.trim(line)
        while goes_on and self.at < len(self.lines):
            line = self.lines[self.at].rstrip("\r")
            self.at += 1
            if is_comment(line):
                continue
            if not line.strip(_SPACES):
                empty.append(self.at)
                continue
            part, goes_on = self.trim(line)
            joined += part
        heredocs, missing = self.heredocs(joined)
        return Chunk(start, self.at, joined, heredocs, missing, tuple(empty))

    def heredocs(self, joined: str) -> tuple[tuple[Heredoc, ...], str | None]:
        found: list[Heredoc] = []
        if "<<" not in joined or not _HEREDOC_INSTRUCTIONS.match(joined) or is_json(joined):
            return (), None
        for name, expand, chomp in heredocs_in(joined):
            body = ""
            while self.at < len(self.lines):
                line = self.lines[self.at]
                self.at += 1
                end = line.rstrip("\r\n")
                if (end.lstrip("\t") if chomp else end) == name:
                    break
                body += line + "\n"
            else:
                return tuple(found), name
            found.append(Heredoc(name, body, expand, chomp))
        return tuple(found), None


def is_json(joined: str) -> bool:
    """True when the instruction's arguments are an exec form, which cannot hold a heredoc."""
    rest = re.sub(r"^\s*(onbuild\s+)?\w+(\s+--\S+)*\s*", "", joined, flags=re.IGNORECASE)
    if not rest.startswith("["):
        return False
    try:
        return isinstance(json.loads(rest), list)
    except (ValueError, RecursionError):
        return False

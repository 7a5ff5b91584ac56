"""Docker's own word rules: quotes, escapes and `$variables`, as BuildKit's `shell/lex.go` has them.
They look like a shell's and are not: no command runs here, and only Docker's own forms expand."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from visualizer.dockerfile import shellpattern
from visualizer.dockerfile.words import NoWords, Words

DEEPEST = 50
LONGEST = 128 * 1024
"""Limits of this site: Docker has none. They keep one line from filling the memory, and Linux
hands no longer variable to a program anyway."""
SPECIAL_PARAMETERS = frozenset("@*#?-$!0")
_PLAIN = re.compile(r"[\w./:@,+=-]*", re.ASCII)


class ExpansionError(ValueError):
    """A word that Docker cannot expand, with its reason."""

    def __init__(self, reason: str, variable: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.variable = variable
        """The variable that `${name:?}` asked for, None for an error of form."""


@dataclass
class Lexer:
    """Expands one word or splits a line into words. The options are BuildKit's."""

    env: Mapping[str, str]
    escape: str = "\\"
    raw_quotes: bool = False
    raw_escapes: bool = False
    skip_quotes: bool = False
    skip_unset: bool = False
    used: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    splitting: bool = False

    def expand(self, word: str) -> str:
        """The word with quotes taken off and variables replaced. Raises ExpansionError."""
        if _PLAIN.fullmatch(word):
            return word
        return _Scan(self, word).run(None, self.raw_escapes)[0]

    def split(self, line: str) -> list[str]:
        """The line's words, after expansion. Raises ExpansionError."""
        self.splitting = True
        try:
            return _Scan(self, line).run(None, self.raw_escapes)[1]
        finally:
            self.splitting = False


class _Scan:
    """One pass over one text."""

    def __init__(self, lexer: Lexer, text: str) -> None:
        self.lexer = lexer
        self.text = text
        self.at = 0
        self.raw_escapes = lexer.raw_escapes
        self.depth = 0
        self.length = 0

    def spend(self, text: str) -> None:
        """Variables that hold each other would double with every line."""
        self.length += len(text)
        if self.length > LONGEST:
            raise ExpansionError(f"the text becomes longer than {LONGEST} characters")

    def peek(self) -> str:
        return self.text[self.at] if self.at < len(self.text) else ""

    def next(self) -> str:
        char = self.peek()
        self.at += 1 if char else 0
        return char

    def run(self, stop: str | None, raw_escapes: bool) -> tuple[str, list[str]]:
        outer, self.raw_escapes = self.raw_escapes, raw_escapes
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpansionError("the ${…} are nested too deeply")
        try:
            return self._run(stop)
        finally:
            self.raw_escapes = outer
            self.depth -= 1

    def _run(self, stop: str | None) -> tuple[str, list[str]]:
        result: list[str] = []
        words = Words() if self.lexer.splitting else NoWords()
        while char := self.peek():
            if char == stop:
                self.next()
                return "".join(result), words.finish()
            if char == "$":
                value = self.dollar()
                result.append(value)
                words.add(value)
            elif char == "<" or (char in "'\"" and not self.lexer.skip_quotes):
                value = self.heredoc_mark() if char == "<" else self.quoted()
                result.append(value)
                words.add_quoted(value)
            else:
                self._plain(self.next(), result, words)
        if stop is not None:
            raise ExpansionError(f"unexpected end of statement while looking for matching {stop}")
        return "".join(result), words.finish()

    def _plain(self, char: str, result: list[str], words: Words) -> None:
        if char != self.lexer.escape:
            words.add(char)
            result.append(char)
            return
        if self.raw_escapes:
            words.add_quoted(char)
            result.append(char)
        escaped = self.next()
        words.add_quoted(escaped)
        result.append(escaped)

    def heredoc_mark(self) -> str:
        """`<<` and the space after it stay in one word with what follows."""
        self.next()
        if self.peek() != "<":
            return "<"
        self.next()
        start = self.at
        while self.peek() and self.peek() in "\t\r ":
            self.next()
        return "<<" + self.text[start : self.at]

    def quoted(self) -> str:
        quote = self.next()
        kept = quote if self.lexer.raw_quotes else ""
        result = self._single() if quote == "'" else self._double()
        return kept + result + kept

    def _single(self) -> str:
        end = self.text.find("'", self.at)
        if end < 0:
            raise ExpansionError("a single quote is opened and never closed")
        result, self.at = self.text[self.at : end], end + 1
        return result

    def _double(self) -> str:
        result: list[str] = []
        while char := self.peek():
            if char == '"':
                self.next()
                return "".join(result)
            if char == "$":
                result.append(self.dollar())
                continue
            self.next()
            if char == self.lexer.escape:
                result.append(char if self.raw_escapes else "")
                # Inside double quotes the escape works on these only; elsewhere it stays.
                if not self.peek():
                    continue
                if self.peek() in ('"', "$", self.lexer.escape):
                    char = self.next()
            result.append(char)
        raise ExpansionError("a double quote is opened and never closed")

    def name(self) -> str:
        start = self.at
        char = self.peek()
        if char.isdecimal():
            while self.peek().isdecimal():
                self.next()
        elif char and char in SPECIAL_PARAMETERS:
            self.next()
        else:
            while (char := self.peek()) and (char.isalpha() or char.isdecimal() or char == "_"):
                self.next()
        return self.text[start : self.at]

    def value(self, name: str) -> str | None:
        found = self.lexer.env.get(name)
        (self.lexer.missing if found is None else self.lexer.used).add(name)
        self.spend(found or "")
        return found

    def dollar(self) -> str:
        self.next()
        if self.peek() != "{":
            name = self.name()
            if not name:
                return "$"
            value = self.value(name)
            return f"${name}" if value is None and self.lexer.skip_unset else value or ""
        self.next()
        if not self.peek():
            raise ExpansionError("a ${ is opened and never closed with }")
        if self.peek() in "{}:":
            raise ExpansionError("there is no variable name after ${")
        return self._braces(self.name())

    def _braces(self, name: str) -> str:
        mark = self.next()
        if mark == "}":
            value = self.value(name)
            return f"${{{name}}}" if value is None and self.lexer.skip_unset else value or ""
        if mark == "/":
            return self._replace(name)
        colon = ":" if mark == ":" else ""
        mark = self.next() if colon else mark
        if not mark:
            raise ExpansionError("a ${ is opened and never closed with }")
        if mark not in "+-?#%" or (colon and mark in "#%"):
            raise ExpansionError(f"Docker has no ${{{name}{colon}{mark}…}}")
        word = self._until("}", mark in "#%")
        value = self.value(name)
        if value is None and self.lexer.skip_unset:
            return f"${{{name}{colon}{mark}{word}}}"
        if mark in "#%":
            longest = word.startswith(mark)
            remove = shellpattern.remove_prefix if mark == "#" else shellpattern.remove_suffix
            with _explained(word):
                return remove(word[1:] if longest else word, value or "", longest)
        absent = value is None or (bool(colon) and value == "")
        if mark == "+":
            return "" if absent else word
        if mark == "?" and absent:
            state = "empty" if value == "" else "unset"
            raise ExpansionError(word or f"{name} is not allowed to be {state}", name)
        return word if absent else value or ""

    def _until(self, stop: str, raw_escapes: bool) -> str:
        try:
            return self.run(stop, raw_escapes)[0]
        except ExpansionError as error:
            if error.variable is None and not self.peek():
                raise ExpansionError("a ${ is opened and never closed with }") from None
            raise

    def _replace(self, name: str) -> str:
        everywhere = self.peek() == "/"
        if everywhere:
            self.next()
        pattern = self._until("/", True)
        replacement = self._until("}", True)
        value = self.value(name)
        if value is None and self.lexer.skip_unset:
            return f"${{{name}/{pattern}/{replacement}}}"
        result, at = "", 0
        with _explained(pattern):
            for start, end in shellpattern.matches(pattern, value or ""):
                result += (value or "")[at:start] + replacement
                at = end
                self.spend(replacement)
                if not everywhere:
                    break
        return result + (value or "")[at:]


@contextmanager
def _explained(pattern: str) -> Iterator[None]:
    try:
        yield
    except shellpattern.PatternError:
        raise ExpansionError(f"the pattern {pattern} has an escape unknown to Docker") from None


def expand(word: str, env: Mapping[str, str], escape: str = "\\") -> str:
    """The word as Docker expands it: quotes off, variables in. Raises ExpansionError."""
    return Lexer(env, escape).expand(word)


def split_words(
    line: str, env: Mapping[str, str] | None = None, escape: str = "\\", *, raw: bool = False
) -> list[str]:
    """The words of a line; `raw` keeps quotes, escapes and unset variables as written."""
    lexer = Lexer(env or {}, escape, raw_quotes=raw, raw_escapes=raw, skip_unset=raw)
    return lexer.split(line)

"""A rough reading of shell scripts: which simple commands a RUN consists of. Good enough to notice
habits; where a script is too clever for it, it sees less, never something that is not there."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

_BREAKS = ("&&", "||", ";;", ";", "|&", "|", "&", "\n", "(", ")")
_LEADERS = {"then", "do", "else", "if", "while", "until", "!", "{", "time", "exec", "command"}


@dataclass(frozen=True)
class SimpleCommand:
    """A program with its words, quotes taken off; redirections are kept apart."""

    words: tuple[str, ...]
    after: str
    """The operator in front of it, empty for the first."""
    outputs: tuple[str, ...] = ()
    """Files that it writes with `>` or `>>`."""
    sudo: bool = False

    @cached_property
    def name(self) -> str:
        return self.words[0].rsplit("/", 1)[-1] if self.words else ""

    def starts(self, *words: str) -> bool:
        """True when the words without options begin like this: `apt-get install`."""
        plain = [word for word in self.words if not word.startswith("-")]
        return tuple(plain[: len(words)]) == words

    def has(self, *options: str) -> bool:
        return any(word in options for word in self.words)

    @cached_property
    def operands(self) -> tuple[str, ...]:
        """The words behind the name that are no options."""
        return tuple(word for word in self.words[1:] if not word.startswith("-"))


@lru_cache(maxsize=512)
def commands(script: str) -> tuple[SimpleCommand, ...]:
    """The simple commands of a script, in order. Unclosed quotes end with the text."""
    found: list[SimpleCommand] = []
    words: list[str] = []
    operator = ""
    for token, is_break in _tokens(script):
        if not is_break:
            words.append(token)
            continue
        if command := _command(words, operator):
            found.append(command)
        words, operator = [], token
    if command := _command(words, operator):
        found.append(command)
    return tuple(found)


def _command(words: list[str], operator: str) -> SimpleCommand | None:
    outputs, plain = [], []
    pending = False
    for word in words:
        bare = word.lstrip("012&")
        if pending:
            outputs.append(word)
            pending = False
        elif bare.startswith(">"):
            target = bare.lstrip(">|")
            pending = not target
            if target:
                outputs.append(target)
        else:
            plain.append(word)
    while plain and (plain[0] in _LEADERS or _is_assignment(plain[0])):
        plain.pop(0)
    sudo = bool(plain) and plain[0] == "sudo"
    if sudo:
        plain = plain[1:]
        while plain and plain[0].startswith("-"):
            plain.pop(0)
    if not plain and not sudo:
        return None
    return SimpleCommand(tuple(plain), operator, tuple(outputs), sudo)


def _is_assignment(word: str) -> bool:
    name, equals, _ = word.partition("=")
    return bool(equals) and name.isidentifier()


def _tokens(script: str) -> list[tuple[str, bool]]:
    """Words and breaks. Quoted text is one word with its quotes taken off."""
    return _Tokens(script).read()


class _Tokens:
    """One pass over a script."""

    def __init__(self, script: str) -> None:
        self.script = script
        self.at = 0
        self.word = ""
        self.quoted = False
        self.found: list[tuple[str, bool]] = []

    def read(self) -> list[tuple[str, bool]]:
        while self.at < len(self.script):
            self.step(self.script[self.at])
        self.finish()
        return self.found

    def step(self, char: str) -> None:
        self.at += 1
        following = self.script[self.at : self.at + 1]
        if char in "'\"":
            self.quote(char)
        elif char == "\\" and following:
            self.at += 1
            self.word += "" if following == "\n" else following
        elif char == "#" and not self.word and not self.quoted:
            end = self.script.find("\n", self.at)
            self.at = end if end >= 0 else len(self.script)
        elif char in " \t":
            self.finish()
        elif char == "&" and (self.word[-1:] == ">" or following == ">"):
            self.word += char  # `2>&1` and `&>file` are redirections
        elif char == "(" and self.word.endswith("$"):
            self.word += char
        elif operator := next((b for b in _BREAKS if self.script.startswith(b, self.at - 1)), ""):
            self.finish()
            self.found.append((operator, True))
            self.at += len(operator) - 1
        else:
            self.word += char

    def quote(self, mark: str) -> None:
        """To the closing quote; in double quotes a backslash protects the next character."""
        self.quoted = True
        while self.at < len(self.script) and (char := self.script[self.at]) != mark:
            if char == "\\" and mark == '"' and self.at + 1 < len(self.script):
                self.at += 1
                char = self.script[self.at]
            self.word += char
            self.at += 1
        self.at += 1

    def finish(self) -> None:
        if self.word or self.quoted:
            self.found.append((self.word, False))
        self.word, self.quoted = "", False

"""How a shell was called: `sh -c SCRIPT`, `sh FILE`, or a script on its standard input."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from bashkit import FileSystem

from visualizer.engine.embedded.userland import paths
from visualizer.engine.embedded.userland.killing import FUNCTION
from visualizer.engine.embedded.userland.traps import WRAPPERS

LOOKING_UP = (
    'layercake_lacks() { layercake-lacks "$1"; case $? in 0) ! declare -F "$1" >/dev/null;; '
    "2) true;; *) false;; esac; }; "
    'command() { case "$1" in -v|-V) if layercake_lacks "$2"; then return 1; fi;; esac; '
    'builtin command "$@"; }; '
    'type() { if layercake_lacks "${!#}"; then echo "type: ${!#}: not found" >&2; return 1; fi; '
    'builtin type "$@"; };'
)
"""Shell functions for `command -v` and `type`, which bashkit answers by the names it knows."""


class NoScript(Exception):
    """The script file cannot be read; `message` is what the shell says."""

    def __init__(self, exit_code: int, message: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.message = message


@dataclass(frozen=True)
class Invocation:
    """A call of a shell, taken apart."""

    options: Sequence[str]
    """As given, without `-c`: `-e`, `-o pipefail` …"""
    script: str | None
    """None when it comes from the standard input."""
    name: str
    """`$0`."""
    arguments: Sequence[str]


def parse(argv: Sequence[str], filesystem: FileSystem, cwd: str) -> Invocation:
    """Take a shell's call apart and read its script file. Raises NoScript."""
    words = list(argv[1:])
    options: list[str] = []
    command, from_stdin = False, False
    while words and len(words[0]) > 1 and words[0][0] in "-+":
        word = words.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            continue
        letters = [letter for letter in word[1:] if letter not in "cils"]
        command = command or (word[0] == "-" and "c" in word)
        from_stdin = from_stdin or (word[0] == "-" and "s" in word)
        if letters:
            options.append(word[0] + "".join(letters))
        if "o" in letters and words:
            options.append(words.pop(0))
    shell = argv[0]
    if command:
        if not words:
            raise NoScript(2, f"{shell}: -c: option requires an argument\n")
        return Invocation(options, words[0], words[1] if len(words) > 1 else shell, words[2:])
    if not words or from_stdin:
        return Invocation(options, None, shell, words)
    content = paths.read(filesystem, paths.join(cwd, words[0]))
    if content is None:
        raise NoScript(127, f"{shell}: {words[0]}: No such file or directory\n")
    return Invocation(options, content.decode("utf-8", "replace"), words[0], words[1:])


def nested(invocation: Invocation, opening: str = "") -> str:
    """The invocation as bashkit's shell takes it, with `$0` and the arguments in their places.

    `opening` is shell text on one line, to be run before the script.
    """
    script = invocation.script or ""
    if script.startswith("#!"):
        # The comment makes room for our functions on its own line, so that line numbers stay.
        script = script.partition("\n")[1] + script.partition("\n")[2]
    if "command -" in script or "type " in script:
        opening += LOOKING_UP
    if re.search(r"\bkill\b", script):
        opening += FUNCTION
    if "trap" in script:
        script = f"{WRAPPERS}\n{script}" if not script.startswith("\n") else WRAPPERS + script
    options = invocation.options
    if any(word[0] == "-" and "x" in word for word in options):
        # What is not the learner's is not traced either.
        options = [each for word in options if (each := _untraced(word)) != "-"]
        opening += "set -x;"
    words = ["bash", *options, "-c", f"unset SHLVL;{opening}{script}", invocation.name]
    return shlex.join([*words, *invocation.arguments])


def _untraced(word: str) -> str:
    return word.replace("x", "") if word[0] == "-" else word

"""What a stage knows at one point of its build: variables, config, and the other stages."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from visualizer.dockerfile.config import apply_config, env_of
from visualizer.dockerfile.context import ContextFiles
from visualizer.dockerfile.diagnosis import Problem, Topic
from visualizer.dockerfile.directories import Directories
from visualizer.dockerfile.lexer import ExpansionError, Lexer
from visualizer.dockerfile.operations import (
    DEFAULT_SHELL,
    Arg,
    Cmd,
    Env,
    Operation,
)
from visualizer.dockerfile.parser import Instruction
from visualizer.events.types import Diagnosis

TOPIC = Topic("Variables")
BAD_SUBSTITUTION = TOPIC.message(
    "bad-substitution",
    "error",
    "Docker cannot expand `{word}`.",
    "Docker's parser says: {reason}.",
    "Variables are written `$NAME` or `${{NAME}}`. To keep a `$` as it is, write `\\$`; close "
    "every quote and every brace.",
)
TOO_MUCH_TEXT = TOPIC.message(
    "variables-too-long",
    "error",
    "The variables of this Dockerfile have grown too long.",
    "A variable that holds another one twice doubles with every line: `ENV A=$A$A`.",
    "Give the variables shorter values.",
)
VARIABLE_REQUIRED = TOPIC.message(
    "variable-required",
    "error",
    "`{name}` has no value, and `{word}` asks for one.",
    "The form `${{NAME:?message}}` stops the build when NAME is empty. Its message: {reason}.",
    "Give the variable a value, with `ARG {name}=…` above or a build argument.",
)


@dataclass(frozen=True)
class StageName:
    """A stage as others can refer to it."""

    number: int
    name: str | None
    line_start: int
    line_end: int


@dataclass
class Budget:
    """What the expansions of one build may produce together. A limit of this site."""

    left: int = 2 * 1024 * 1024

    def spend(self, instruction: Instruction, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise Problem(TOO_MUCH_TEXT.at(instruction))


@dataclass
class Scope:
    """The state of one stage between two of its instructions."""

    stage: int
    stages: tuple[StageName, ...]
    given: Mapping[str, str]
    """Build arguments from outside."""
    globals: Mapping[str, str]
    """Platform arguments and the ARGs before the first FROM."""
    context: ContextFiles | None
    escape: str = "\\"
    budget: Budget = field(default_factory=Budget)
    config: dict[str, Any] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    args: dict[str, str | None] = field(default_factory=dict)
    """The ARGs declared so far."""
    directories: Directories = field(default_factory=Directories)
    cmd_set: bool = False
    """True once this stage has a CMD of its own."""
    base_known: bool = True
    """False when nothing is known of the base image's variables."""
    undefined: dict[int, set[str]] = field(default_factory=dict)
    """Variables that were used without a value, by the instruction's first line."""
    used: set[str] = field(default_factory=set)
    doubts: list[Diagnosis] = field(default_factory=list)
    """Warnings about what may be wrong but cannot be known from the Dockerfile alone."""

    @property
    def workdir(self) -> str:
        return str(self.config.get("WorkingDir") or "/")

    @property
    def shell(self) -> tuple[str, ...]:
        return tuple(self.config.get("Shell") or DEFAULT_SHELL)

    def expand(self, instruction: Instruction, word: str, *, raw: bool = False) -> str:
        """The word, variables filled in; `raw` keeps quotes, for heredocs. Raises Problem."""
        lexer = self._lexer(raw)
        with _explained(instruction, word):
            result = lexer.expand(word)
        self.budget.spend(instruction, len(result))
        self._note(instruction, lexer)
        return result

    def expand_words(self, instruction: Instruction, text: str) -> list[str]:
        """The words that the text becomes; a variable may bring several."""
        lexer = self._lexer(False)
        with _explained(instruction, text):
            result = lexer.split(text)
        self._note(instruction, lexer)
        return result

    def _lexer(self, raw: bool) -> Lexer:
        return Lexer(self.env, "\\" if raw else self.escape, skip_quotes=raw)

    def _note(self, instruction: Instruction, lexer: Lexer) -> None:
        self.used |= lexer.used
        missing = lexer.missing - set(self.args)
        if missing:
            self.undefined.setdefault(instruction.line_start, set()).update(missing)

    def begin(self, config: dict[str, Any]) -> None:
        """Take over a base's config."""
        self.config = config
        self.env |= env_of(config)

    def apply(self, operation: Operation) -> None:
        """Go on to the state after the operation."""
        self.config = apply_config(self.config, operation)
        self.directories.apply(operation)
        if isinstance(operation, Env):
            self.env |= dict(operation.pairs)
        elif isinstance(operation, Arg):
            # In BuildKit an ARG is a variable like any other: it hides an ENV set before it.
            self.args |= dict(operation.pairs)
            self.env |= {name: value for name, value in operation.pairs if value is not None}
        elif isinstance(operation, Cmd):
            self.cmd_set = True

    def find_stage(self, name: str) -> StageName | None:
        """The stage of that name; of two with one name the later, as BuildKit finds it."""
        for stage in reversed(self.stages):
            if stage.name and stage.name == name.lower():
                return stage
        return None


@contextmanager
def _explained(instruction: Instruction, word: str) -> Iterator[None]:
    """Turns an ExpansionError into a Problem on the instruction."""
    try:
        yield
    except ExpansionError as error:
        message = VARIABLE_REQUIRED if error.variable else BAD_SUBSTITUTION
        raise Problem(
            message.at(instruction, name=error.variable, word=word, reason=error.reason)
        ) from error

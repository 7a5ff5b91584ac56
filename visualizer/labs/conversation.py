"""One visitor's commands: decoded, held to their rates, carried out side by side, answered.

Commands do not wait for one another, but those to one exec keep their order. Every command gets
an answer; a visitor who floods gets an error and then `Flooded` is raised.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec

from visualizer.engine.errors import EngineError
from visualizer.environment import Environment
from visualizer.labs import actions, commands
from visualizer.labs.actions import Visitor
from visualizer.labs.commands import AnyCommand
from visualizer.labs.errors import Invalid, LabError, TooMuch, problem_of, read_only
from visualizer.labs.frames import AnyFrame, Done, Failed
from visualizer.labs.rates import Bucket
from visualizer.labs.runner import Runner

logger = logging.getLogger(__name__)

MESSAGE_BYTES = 128 * 1024
FILES_MESSAGE_BYTES = 1_700_000
"""For a message that carries the editor's files: 1 MiB of them, as base64 or with escapes."""
AT_ONCE = 64
"""Commands of one socket that are being carried out."""
PATIENCE = 40
"""Commands that are refused for their rate, in a row, before the socket is closed."""

_decoder: msgspec.json.Decoder[AnyCommand] = msgspec.json.Decoder(AnyCommand)


def _tag(cls: type[msgspec.Struct]) -> str:
    return str(cls.__struct_config__.tag)


TYPES = frozenset(_tag(cls) for cls in actions.ACTIONS)
_KEY_TYPES = frozenset(_tag(cls) for cls in actions.KEYS)
_FILE_TYPES = frozenset(_tag(cls) for cls in (commands.SaveFiles, commands.Build))


class Peeked(msgspec.Struct):
    """As much of a message as can be read before it is checked."""

    type: str = ""
    ref: str = ""


class Flooded(Exception):
    """The visitor did not stop sending too fast."""


class Reply(Protocol):
    """Sends a frame once all events up to `after` were sent."""

    def __call__(self, frame: AnyFrame, after: int = 0, /) -> Awaitable[None]: ...


class Conversation:
    """One socket's side of the commands."""

    def __init__(
        self,
        visitor: Visitor,
        is_owner: bool,
        runner: Callable[[], Awaitable[Runner]],
        reply: Reply,
        environment: Environment,
    ) -> None:
        self._visitor = visitor
        self._is_owner = is_owner
        self._runner = runner
        self._reply = reply
        self._commands = Bucket(environment.commands_per_second, environment.commands_burst)
        self._keys = Bucket(environment.keys_per_second, environment.keys_burst)
        self._refused = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._exec_locks: OrderedDict[str, asyncio.Lock] = OrderedDict()

    async def hear(self, message: str) -> None:
        """Take one message; it is answered later. Raises Flooded."""
        peeked = peek(message)
        try:
            self._check_rate(peeked.type)
            if not self._is_owner:
                raise read_only()
            _check_size(message, peeked.type)
            command = decode(message, peeked.type)
            if len(self._tasks) >= AT_ONCE:
                raise actions.too_fast()
        except LabError as error:
            await self._reply(Failed(ref=peeked.ref, error=error.problem))
            if self._refused > PATIENCE:
                raise Flooded from None
            return
        task = asyncio.create_task(self._carry_out(command))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Stop answering. What is being carried out is carried out to its end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _carry_out(self, command: AnyCommand) -> None:
        try:
            runner = await self._runner()
            async with self._turn(command):
                result = await runner.see_through(actions.perform(runner, self._visitor, command))
            await self._reply(Done(ref=command.ref, result=result), runner.tape.seq)
        except (LabError, EngineError) as error:
            await self._reply(Failed(ref=command.ref, error=problem_of(error)))
        except Exception as error:
            logger.exception("a %s command failed", type(command).__name__)
            await self._reply(Failed(ref=command.ref, error=problem_of(error)))

    def _turn(self, command: AnyCommand) -> asyncio.Lock:
        """Held while the command is carried out; asyncio's locks are first come, first served."""
        exec_id = getattr(command, "exec", None)
        if exec_id is None:
            return asyncio.Lock()
        lock = self._exec_locks.pop(exec_id, None) or asyncio.Lock()
        self._exec_locks[exec_id] = lock
        while (
            len(self._exec_locks) > AT_ONCE and not next(iter(self._exec_locks.values())).locked()
        ):
            self._exec_locks.popitem(last=False)
        return lock

    def _check_rate(self, kind: str) -> None:
        bucket = self._keys if kind in _KEY_TYPES else self._commands
        if bucket.take():
            self._refused = 0
            return
        self._refused += 1
        raise actions.too_fast()


def peek(message: str) -> Peeked:
    """The message's type and `ref`, empty when it has none."""
    try:
        peeked = msgspec.json.decode(message, type=Peeked)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return Peeked()
    return Peeked(peeked.type, peeked.ref[:64])


def decode(message: str, kind: str) -> AnyCommand:
    """The command. Raises Invalid with what is wrong about it."""
    if kind and kind not in TYPES:
        raise Invalid(
            "unknown-command",
            f"There is no command `{kind[:80]}`.",
            "The page may be older or newer than the site.",
            "Load the page again.",
        )
    try:
        return _decoder.decode(message)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Invalid(
            "malformed-command",
            "The site did not understand that command.",
            f"{error}."[:500],
            "Load the page again. The commands are described in docs/reference/commands.md.",
        ) from None


def _check_size(message: str, kind: str) -> None:
    size = len(message.encode("utf-8", "replace"))
    if size > (FILES_MESSAGE_BYTES if kind in _FILE_TYPES else MESSAGE_BYTES):
        raise TooMuch(
            "message-too-large",
            f"That message has {size:,} bytes, which is more than is taken.",
            f"A command has at most {MESSAGE_BYTES:,} bytes, one with files "
            f"{FILES_MESSAGE_BYTES:,}.",
            "Send less, for example fewer or smaller files.",
        )

"""The socket of a lab: translates frames, delegates everything else."""

import asyncio
from dataclasses import replace
from typing import Any

import msgspec
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from visualizer.labs import opening, wiring
from visualizer.labs.conversation import Conversation, Flooded
from visualizer.labs.database import in_database
from visualizer.labs.errors import Invalid, problem_of
from visualizer.labs.frames import AnyFrame, Failed, Hello, Role
from visualizer.labs.journal import Tail
from visualizer.labs.runner import Runner
from visualizer.web import joining
from visualizer.web.joining import Visit
from visualizer.web.sender import Sender

FLOOD = 4008
HANDED_OVER = 4403
"""The lab is not this page's any more: somebody took it over with its key."""


class LabConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """`/ws/labs/<id>/?after=<seq>`: the tape after `seq`, then everything new; takes commands."""

    visit: Visit | None = None
    sender: Sender
    conversation: Conversation
    _ending: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the socket; whatever ends it, nothing of it is left behind.

        Plainer than the base's: no channel of its own, as `announcements.Listeners` has one a lab,
        and no closing of database connections for each message, which costs a thread each time.
        """
        self.scope, self.base_send = scope, send
        self._tasks: list[asyncio.Task[None]] = []
        try:
            while True:
                message = await receive()
                await getattr(self, message["type"].replace(".", "_"))(message)
        except StopConsumer:
            pass
        finally:
            await self._leave()

    async def connect(self) -> None:
        """Accept always, so that the browser can read why it was closed."""
        await self.accept()
        try:
            visit = self.visit = await joining.join(self.scope)
        except joining.Refused as refused:
            await self._reply(Failed(ref="", error=refused.error.problem))
            await self.close(refused.code)
            return
        self.sender = Sender(visit.lab, await self._after(), self._send_text, self._tail)
        self.conversation = Conversation(
            visit.visitor, visit.owns, self._runner, self._reply, wiring.environment()
        )
        role: Role = "owner" if visit.owns else "watcher"
        await self._reply(Hello(lab=visit.lab, role=role, seq=visit.seq))
        # First the group, then the journal: what comes in between is announced.
        await wiring.registry().listeners.add(visit.lab, self._wake)
        self._tasks += [
            asyncio.create_task(self.sender.run()),
            asyncio.create_task(self._bring_back(visit.lab)),
        ]

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """A command. Binary messages are read as UTF-8 too."""
        if self.visit is None:
            return
        text = text_data if text_data is not None else (bytes_data or b"").decode(errors="replace")
        try:
            await self.conversation.hear(text)
        except Flooded:
            await self._end(FLOOD)

    async def _end(self, code: int) -> None:
        await self._leave()
        await self.close(code)

    async def _leave(self) -> None:
        if self.visit is None:
            return
        visit, self.visit = self.visit, None
        visit.leave()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if hasattr(self, "conversation"):
            wiring.registry().listeners.remove(visit.lab, self._wake)
            await self.conversation.close()

    def _wake(self) -> None:
        """The tape grew, or the lab went to somebody else."""
        self.sender.wake()
        visit = self.visit
        runner = wiring.registry().running(visit.lab) if visit else None
        if visit is None or runner is None or not visit.owns:
            return
        if not visit.visitor.owns(runner.owner_hash):
            self.visit = replace(visit, owns=False)
            # None of `_tasks`, which it ends.
            self._ending = asyncio.create_task(self._end(HANDED_OVER))

    async def _bring_back(self, lab: str) -> None:
        """Have the lab at work, so that its tape is in line with the engine."""
        try:
            await in_database(opening.seen, lab)
            await self._runner()
            # Whose the lab is may have changed while it was brought back.
            self._wake()
        except Exception as error:
            await self._reply(Failed(ref="", error=problem_of(error)))

    async def _runner(self) -> Runner:
        assert self.visit is not None
        return await wiring.registry().runner(self.visit.lab)

    def _tail(self) -> Tail | None:
        runner = wiring.registry().running(self.visit.lab) if self.visit else None
        return runner.tape.tail if runner is not None else None

    async def _after(self) -> int:
        try:
            return joining.after(self.scope)
        except Invalid as error:
            await self._reply(Failed(ref="", error=error.problem))
            return 0

    async def _reply(self, frame: AnyFrame, after: int = 0) -> None:
        if after:
            await self.sender.reached(after)
        await self._send_text(msgspec.json.encode(frame).decode())

    async def _send_text(self, text: str) -> None:
        await self.send(text_data=text)

"""Whose build is next: one at a time a lab, a few at a time on the site, in the order of asking."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from visualizer.labs.errors import NotThere, TooMuch

WAITING_PER_LAB = 4

UNTOLD = 0
"""The number of what costs as much as a build and is told as none; builds count from 1."""
T = TypeVar("T")
Moved = Callable[[int], None]
"""Told the build's position in the queue, from 1, whenever it changes."""


@dataclass(eq=False)
class Ticket:
    """A build that waits or runs."""

    lab: str
    build: int
    work: Callable[[], Awaitable[None]]
    moved: Moved
    position: int = 0
    dropped: Callable[[], object] = lambda: None
    """Called when it is withdrawn while it waits."""
    task: asyncio.Task[None] | None = field(default=None, repr=False)


class BuildQueue:
    """The site's builds. Used on one event loop."""

    def __init__(self, at_once: int) -> None:
        self._at_once = max(1, at_once)
        self._waiting: list[Ticket] = []
        self._running: list[Ticket] = []

    def check(self, lab: str) -> None:
        """Raises TooMuch when the lab has as many builds waiting as it may."""
        if sum(ticket.lab == lab for ticket in self._waiting) >= WAITING_PER_LAB:
            raise TooMuch(
                "too-many-builds",
                f"{WAITING_PER_LAB} builds of this lab are waiting already.",
                "A lab builds one image at a time; the others stand in a queue.",
                "Wait for a build to end, or cancel one.",
            )

    def add(self, ticket: Ticket) -> None:
        """Start the build at once when it can, and otherwise tell it its position."""
        self._waiting.append(ticket)
        self._go_on()

    async def in_turn(self, lab: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do what costs as much as a build, when its turn comes.

        Raises what it raises, and NotThere when it was withdrawn or called off.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def give_up(error: Exception) -> None:
            if not done.done():
                done.set_exception(error)

        async def carry_out() -> None:
            try:
                result = await work()
            except asyncio.CancelledError:
                give_up(_called_off())
                raise
            except Exception as error:
                give_up(error)
            else:
                if not done.done():
                    done.set_result(result)

        dropped = partial(give_up, _called_off())
        self.add(Ticket(lab, UNTOLD, carry_out, moved=lambda _: None, dropped=dropped))
        return await done

    def withdraw(self, lab: str, build: int) -> bool:
        """Take a waiting build out of the queue; False when it does not wait."""
        for ticket in self._waiting:
            if (ticket.lab, ticket.build) == (lab, build):
                self._waiting.remove(ticket)
                ticket.dropped()
                self._go_on()
                return True
        return False

    def running(self, lab: str) -> Ticket | None:
        """The lab's build that runs."""
        return next((ticket for ticket in self._running if ticket.lab == lab), None)

    def waiting(self, lab: str) -> list[Ticket]:
        """The lab's builds that wait, the next first."""
        return [ticket for ticket in self._waiting if ticket.lab == lab]

    def _go_on(self) -> None:
        for ticket in list(self._waiting):
            if len(self._running) >= self._at_once:
                break
            if self.running(ticket.lab) is None:
                self._waiting.remove(ticket)
                self._running.append(ticket)
                ticket.task = asyncio.create_task(self._run(ticket))
        for position, ticket in enumerate(self._waiting, start=1):
            if ticket.position != position:
                ticket.position = position
                ticket.moved(position)

    async def _run(self, ticket: Ticket) -> None:
        try:
            await ticket.work()
        finally:
            self._running.remove(ticket)
            self._go_on()


def _called_off() -> NotThere:
    return NotThere(
        "called-off",
        "That was called off before it was done.",
        "The lab went to rest, or is being deleted.",
        "Try it again.",
    )

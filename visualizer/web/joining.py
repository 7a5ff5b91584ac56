"""What a socket asks for when it is opened: which lab, from where on, and who asks."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from visualizer.labs import opening, wiring
from visualizer.labs.actions import Visitor
from visualizer.labs.database import in_database
from visualizer.labs.errors import Invalid, LabError, no_such_lab
from visualizer.web import address, keys, owner

NO_SUCH_LAB = 4404
TOO_MANY = 4429


class Refused(Exception):
    """The socket is closed with `code`, after its reader was told `error`."""

    def __init__(self, error: LabError, code: int) -> None:
        super().__init__(str(error))
        self.error = error
        self.code = code


@dataclass(frozen=True)
class Visit:
    """Somebody is in a lab. `leave` must follow."""

    lab: str
    address: str
    visitor: Visitor
    owns: bool
    seq: int
    """How long the tape was when the visitor came."""

    def leave(self) -> None:
        """The visitor has gone."""
        wiring.registry().leave(self.lab, self.address)


async def join(scope: dict[str, Any]) -> Visit:
    """Let the visitor in. Raises Refused."""
    lab = scope["url_route"]["kwargs"]["lab"]
    record = await in_database(opening.load, lab)
    if record is None:
        raise Refused(no_such_lab(), NO_SUCH_LAB)
    client = address.of_scope(scope)
    visitor = owner.visitor(keys.owner_of_scope(scope))
    owns = visitor.owns(record.owner_hash)
    try:
        wiring.registry().enter(lab, client, owns)
    except LabError as error:
        raise Refused(error, TOO_MANY) from None
    return Visit(lab, client, visitor, owns, record.next_seq - 1)


def after(scope: dict[str, Any]) -> int:
    """The last event that the browser has. Raises Invalid."""
    text = parse_qs(scope.get("query_string", b"").decode("latin1")).get("after", ["0"])[0]
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    raise Invalid(
        "bad-after",
        "`after` is not a number.",
        "It is the `seq` of the last event that the page has.",
        "The whole tape is sent instead.",
    )

"""Making, importing and revoking recordings: what the pages and the API delegate to."""

import msgspec

from visualizer.environment import Environment
from visualizer.labs import freezing, kept_recordings, opening
from visualizer.labs.actions import Visitor
from visualizer.labs.aside import in_a_row
from visualizer.labs.database import in_database
from visualizer.labs.errors import Invalid, NotAllowed, NotThere, TooMuch, no_such_lab
from visualizer.labs.freezing import Frozen, Order, Preview
from visualizer.labs.kept_recordings import Bounds, Kept
from visualizer.recordings import format as file
from visualizer.recordings.checking import TITLE
from visualizer.recordings.format import NewerRecording, NotARecording, Recorded
from visualizer.recordings.header import stamp
from visualizer.recordings.words import unseen

UNTITLED = "Imported recording"
NEWER = "Play it on the site that it comes from, or ask who runs this one to bring it up to date."
BROKEN = (
    "Export it once more, or choose another file that a Layercake site has exported; its name ends "
    "in “.jsonl”."
)


async def frozen(lab: str, owner: str | None, order: Order) -> Frozen:
    """The recording that would be made; nothing is kept. Raises LabError."""
    await _checked_owner(lab, owner)
    material = await in_database(freezing.load, lab, order)
    return await in_a_row(freezing.freeze, material, order)


async def preview(lab: str, owner: str | None, order: Order) -> Preview:
    """What would leave the lab with this recording. Raises LabError."""
    return await in_a_row(freezing.preview, await frozen(lab, owner, order))


async def make(lab: str, owner: str | None, order: Order, bounds: Bounds) -> str:
    """Make the recording that the owner has seen the preview of; its id. Raises LabError."""
    own = await _checked_owner(lab, owner)
    await in_database(kept_recordings.check_room, own, bounds)
    made = await frozen(lab, own, order)
    freezing.check_seen(made, order)
    packed = await in_a_row(kept_recordings.pack, made.plain)
    return await in_database(kept_recordings.add, own, made.recorded, packed, bounds)


async def take_in(owner: str, data: bytes, bounds: Bounds, name: str = "") -> str:
    """Keep a file from anywhere as the owner's recording; its id. Raises LabError.

    `name` is the file's: what has no title is called by it.
    """
    await in_database(kept_recordings.check_room, owner, bounds)
    try:
        recorded = await in_a_row(file.read, data)
    except NotARecording as error:
        raise Invalid(
            "not-a-recording",
            "This file cannot be played.",
            str(error),
            NEWER if isinstance(error, NewerRecording) else BROKEN,
        ) from None
    named = _named(recorded, name)
    packed = await in_a_row(lambda: kept_recordings.pack(file.write(*named)))
    return await in_database(kept_recordings.add, owner, named, packed, bounds)


async def find(id: str) -> Kept:
    """The recording. Raises NotThere."""
    found = await in_database(kept_recordings.find, id)
    if found is None:
        raise no_such_recording()
    return found


async def own(id: str, owner: str | None) -> Kept:
    """The recording, if it is this owner's to revoke. Raises NotThere, NotAllowed."""
    found = await find(id)
    if found.own or not visitor_of(owner).owns(found.owner_hash):
        raise NotAllowed(
            "not-your-recording",
            "This recording is not yours, so you cannot take it back.",
            "Only the browser that made or imported a recording may take it back.",
            "Use the browser that you made it with.",
        )
    return found


async def revoke(id: str, owner: str | None) -> None:
    """Forget the recording: its address leads nowhere from now on. Raises LabError."""
    found = await own(id, owner)
    await in_database(kept_recordings.revoke, id, found.owner_hash)


def bounds_of(environment: Environment) -> Bounds:
    """What may be kept on this site."""
    return Bounds(
        count=environment.recordings_per_owner,
        owner_bytes=environment.recording_bytes_per_owner,
        total_bytes=environment.recording_bytes,
    )


def no_such_recording() -> NotThere:
    """The address names no recording."""
    return NotThere(
        "no-such-recording",
        "There is no recording at this address.",
        "The address may be mistyped, or whoever made the recording has taken it back.",
        "Check the address, or ask who gave it to you.",
    )


def too_often() -> TooMuch:
    """More than one address may ask for."""
    return TooMuch(
        "too-many-recordings-a-minute",
        "Too many recordings were made from your address just now.",
        "Each takes some of the site's time, so there is a limit a minute.",
        "Wait a minute, then try again.",
    )


def visitor_of(owner: str | None) -> Visitor:
    """Who has this cookie, or none."""
    return Visitor(opening.owner_hash(owner) if owner else "")


async def _checked_owner(lab: str, owner: str | None) -> str:
    holder = await in_database(opening.owner_of, lab)
    if holder is None:
        raise no_such_lab()
    if owner is None or not visitor_of(owner).owns(holder):
        raise NotAllowed(
            "not-your-lab",
            "This lab is not yours, so you cannot make a recording of it.",
            "Only the browser that opened a lab decides what leaves it.",
            "Ask its owner for a recording, or make one of a lab of your own.",
        )
    return owner


def _named(recorded: Recorded, name: str) -> Recorded:
    """A bare tape has neither title nor date."""
    header = recorded.header
    stem = name.removesuffix(".jsonl").strip()[:TITLE]
    title = header.title.strip() or ("" if unseen(stem) else stem) or UNTITLED
    made_at = header.made_at or stamp()
    return Recorded(msgspec.structs.replace(header, title=title, made_at=made_at), recorded.events)

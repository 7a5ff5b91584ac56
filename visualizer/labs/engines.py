"""The engines that labs may be opened on here, what each is in plain words, and which is usual."""

from collections.abc import Sequence
from dataclasses import dataclass

from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.port import Engine
from visualizer.labs.errors import Invalid

NAMES = {"docker": "a Docker Engine", "embedded": "the embedded engine"}
"""What a kind of engine is called in a sentence."""


class EngineNotOffered(EngineUnavailable):
    """The lab was opened on an engine that the site has no more."""


@dataclass(frozen=True)
class Offer:
    """One engine, as whoever opens a lab is told of it."""

    kind: str
    """As in `EngineInfo.kind` and in the lab's row."""
    title: str
    about: str
    """One sentence or two: what it is good for, and what it is not."""
    builds: int
    """How many builds it runs at the same time."""
    engine: Engine
    own: bool = False
    """Whether there is nothing on it but what this site's labs made."""


class Engines:
    """What is on offer. The first offer is the usual one."""

    def __init__(self, offers: Sequence[Offer], why: str = "") -> None:
        """`why` says in a sentence why the usual one is that."""
        if not offers:
            raise ValueError("a site needs an engine")
        self.offers = tuple(offers)
        self.why = why

    @property
    def usual(self) -> Offer:
        """What a lab is opened on when nobody chooses."""
        return self.offers[0]

    @property
    def has_choice(self) -> bool:
        """Whether there is anything to choose."""
        return len(self.offers) > 1

    def told(self) -> list[dict[str, str]]:
        """The offers as pages and the API tell them: `kind`, `title`, `about`."""
        return [
            {"kind": offer.kind, "title": offer.title, "about": offer.about}
            for offer in self.offers
        ]

    def get(self, kind: str) -> Offer | None:
        """The offer of this kind, or None when there is none."""
        return next((offer for offer in self.offers if offer.kind == kind), None)

    def of_lab(self, kind: str) -> Offer:
        """The offer that a lab of this kind needs. Raises EngineNotOffered."""
        offer = self.get(kind)
        if offer is None:
            name = NAMES.get(kind, f"an engine called {kind}")
            raise EngineNotOffered(
                "engine-not-offered",
                f"This lab lives on {name}, and the site has none now.",
                f"The site works with this one instead: {self.usual.title}. {self.why}".strip(),
                "What is on the tape can still be looked at. To go on, open a new lab; or ask "
                "who runs the site for the other engine (LAYERCAKE_ENGINE).",
            )
        return offer

    def chosen(self, kind: str) -> Offer:
        """The offer that somebody asked for; the usual one for "". Raises Invalid."""
        offer = self.get(kind) if kind else self.usual
        if offer is None:
            names = ", ".join(f"`{each.kind}`" for each in self.offers)
            raise Invalid(
                "no-such-engine",
                "A lab cannot be opened on that engine here.",
                f"The engines on offer are: {names}.",
                "Load the page again and choose one of them.",
            )
        return offer

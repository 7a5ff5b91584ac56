"""A visitor: one browser profile with its own cookies, whose console must stay clean."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, WebError

Scheme = Literal["light", "dark"]

WIDE = (1440, 900)
NARROW = (390, 844)
SMALLEST = (360, 740)
PATIENCE_MS = 45_000
"""How long anything may take to appear. It bounds a wait and says nothing about speed."""


@dataclass(frozen=True)
class Looks:
    """What a visitor's screen is like."""

    size: tuple[int, int] = WIDE
    scheme: Scheme = "light"
    reduced_motion: bool = True
    """Most tests need no motion; those about motion say so."""
    bypass_csp: bool = False
    """Only to inject axe, which is no part of the page."""


@dataclass
class Visitor:
    """A browser context. `complaints` holds all that its console and its pages complained of."""

    context: BrowserContext
    complaints: list[str] = field(default_factory=list)
    _expected: list[re.Pattern[str]] = field(default_factory=list)

    def expect_complaint(self, pattern: str) -> None:
        """The test brings this complaint about itself, such as a socket cut on purpose."""
        self._expected.append(re.compile(pattern))

    def new_page(self) -> Page:
        """A further tab."""
        return self.context.new_page()

    def unexpected(self) -> list[str]:
        """Complaints that no test asked for."""
        return [
            text
            for text in self.complaints
            if not any(pattern.search(text) for pattern in self._expected)
        ]

    def cookies(self) -> list[Any]:
        """For a second visitor who is the same person."""
        return list(self.context.cookies())


def arrive(browser: Browser, address: str, looks: Looks, cookies: list[Any]) -> Visitor:
    """Open a browser profile for the site at this address."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": looks.size[0], "height": looks.size[1]},
        color_scheme=looks.scheme,
        reduced_motion="reduce" if looks.reduced_motion else "no-preference",
        bypass_csp=looks.bypass_csp,
        has_touch=looks.size[0] < 800,
        locale="en-GB",
    )
    context.set_default_timeout(PATIENCE_MS)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    if cookies:
        context.add_cookies(cookies)
    visitor = Visitor(context)

    def on_console(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            where = message.location.get("url", "")
            visitor.complaints.append(f"console {message.type}: {message.text} ({where})")

    def on_error(error: WebError) -> None:
        visitor.complaints.append(f"uncaught: {error.error}")

    context.on("console", on_console)
    context.on("weberror", on_error)
    return visitor

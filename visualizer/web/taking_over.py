"""A lab that was opened inside another site's page becomes the visitor's own, by its key.

The key comes in the fragment of the page's address, which browsers send to nobody. The page asks
first: whoever has a key can give its address to others.
"""

import msgspec
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.urls import reverse
from django.views.decorators.http import require_safe

from visualizer.labs import opening, wiring, workspace
from visualizer.labs.database import in_database
from visualizer.labs.errors import Invalid, NotAllowed, no_such_lab
from visualizer.web import keys, owner, pages, problems
from visualizer.web.answers import as_json
from visualizer.web.problems import api_with_token


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What the page posts."""

    key: str


@require_safe
async def page(request: HttpRequest, lab: str) -> HttpResponse:
    """`/lab/<id>/take/#<key>`: what is about to be taken over, and the button that does it."""
    record = await in_database(opening.load, lab)
    if record is None:
        return problems.as_page(request, no_such_lab().problem, 404)
    files = await in_database(workspace.load, lab)
    boot = {
        "lab": reverse("lab", args=[lab]),
        "take": reverse("lab-owner", args=[lab]),
        "own": owner.visitor(owner.of_request(request)).owns(record.owner_hash),
        "files": msgspec.to_builtins([workspace.as_source(file) for file in files]),
        "csrf": get_token(request),
    }
    return pages.page(request, "take_over.html", boot)


@api_with_token("POST")
async def take_over(request: HttpRequest, lab: str) -> HttpResponse:
    """The lab is the visitor's from now on, and the key is worth nothing: `{"address"}`."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise _foreign()
    before = keys.unlocked(_wish(request).key)
    if before is None:
        raise _no_key()
    # Never the name in the key: whoever sent the key knows it.
    own = owner.of_request(request) or owner.new()
    await wiring.registry().hand_over(lab, before, own)
    response = as_json({"address": reverse("lab", args=[lab])})
    owner.remember(response, own, request)
    return response


def _wish(request: HttpRequest) -> Wish:
    try:
        return msgspec.json.decode(request.body, type=Wish)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        why = str(error)[:200]
        raise Invalid("malformed", "The site did not understand.", why, "") from None


def _no_key() -> NotAllowed:
    return NotAllowed(
        "no-key",
        "That is not the key to a lab.",
        "It stands at the end of the address, and was cut off or changed on its way here.",
        "Go back to the page with the frame and press “Open in Layercake” there once more.",
    )


def _foreign() -> NotAllowed:
    return NotAllowed(
        "foreign-page",
        "The site did not take this request.",
        "It did not come from a page of this site.",
        "Press “Open in Layercake” in the frame once more.",
    )

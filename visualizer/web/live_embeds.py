"""Live labs inside the frames of other sites' pages, where the browser gives no cookies.

Loading the page opens nothing; the reader's press on Start does. Whose the lab is stands in a
signed key that only this page holds, so no cookie is read, set or needed.
"""

import asyncio
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from visualizer.labs import opening, recipes, wiring, workspace
from visualizer.labs.aside import in_a_row
from visualizer.labs.database import in_database
from visualizer.labs.engines import Offer
from visualizer.labs.errors import Invalid, LabError, NotThere, TooMuch, problem_of
from visualizer.labs.recipes import Recipe
from visualizer.web import address, answers, keys, owner, pages, problems
from visualizer.web.framing import open_to_frames

ENGINE = "embedded"


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """What the page asks for when Start is pressed."""

    recipe: str


@require_safe
async def page(request: HttpRequest) -> HttpResponse:
    """`/embed/lab?recipe=…`: what the lab is about, and the button that opens it."""
    asked = request.GET.get("recipe", "")
    try:
        _offer()
        recipe = await _recipe(asked)
    except LabError as error:
        return open_to_frames(_refused(request, error))
    if not pages.is_built():
        return open_to_frames(render(request, "not_built.html", status=503))
    boot = {
        "recipe": asked,
        "title": recipe.title,
        "about": recipe.about,
        "files": _told(recipe),
        "open": reverse("open-live-embed"),
    }
    shown = {"boot": boot, "recipe": recipe}
    return open_to_frames(render(request, "embed_lab.html", shown))


@problems.api("POST")
async def open_lab(request: HttpRequest) -> HttpResponse:
    """Open a lab for whoever pressed Start; the answer is what its page needs, with its key.

    It takes no CSRF token and needs none: no cookie is looked at, so a foreign page that had a
    browser send this would gain nothing that it could not ask for itself, nor read the answer. It
    must be JSON, which no form sends and no foreign page may without being asked first.
    """
    if request.content_type != "application/json":
        raise Invalid("not-json", "This address takes JSON.", "", 'Send {"recipe": "…"}.')
    try:
        wish = msgspec.json.decode(request.body, type=Wish)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Invalid("malformed", "The site did not understand.", str(error)[:200], "") from None
    registry = wiring.registry()
    offer = _offer()
    recipe = await _recipe(wish.recipe)
    if not registry.labs_opened.take(address.of_request(request)):
        raise TooMuch(
            "too-many-labs",
            "Too many labs were opened from your address just now.",
            "Each lab takes some of the site's memory and disk, so there is a limit a minute.",
            "Wait a minute, then press Start again.",
        )
    own = owner.new()
    lab = await in_database(opening.create, own, ENGINE, list(recipe.files), 1)
    return answers.as_json(await _boot(lab, own, offer, recipe))


async def _boot(lab: str, own: str, offer: Offer, recipe: Recipe) -> dict[str, Any]:
    """As `pages.lab` gives it, without what needs a cookie and with the key."""
    async with asyncio.timeout(pages.ENGINE_SECONDS):
        catalogue, info = await offer.engine.catalogue(), await offer.engine.info()
    why = "Labs inside other pages are opened on this engine: it is there at once."
    return {
        "lab": lab,
        "role": "owner",
        "ws": f"/ws/labs/{lab}/",
        "api": f"/api/labs/{lab}/",
        "key": keys.key_of(own),
        "framed": True,
        "files": _told(recipe),
        "catalogue": list(catalogue),
        "engine": msgspec.to_builtins(info),
        "offer": {"kind": offer.kind, "title": offer.title, "about": offer.about, "why": why},
    }


async def _recipe(name: str) -> Recipe:
    """Whoever reads a long recording must not hold up those who query. Raises LabError."""
    found = await in_database(recipes.locate, name)
    return found if isinstance(found, Recipe) else await in_a_row(recipes.of_recording, found)


def _told(recipe: Recipe) -> Any:
    return msgspec.to_builtins([workspace.as_source(file) for file in recipe.files])


def _offer() -> Offer:
    """The engine of live embeds. Raises LabError."""
    registry = wiring.registry()
    if not registry.environment.live_embeds:
        raise NotThere(
            "live-embeds-off",
            "This site opens no labs inside other pages.",
            "Whoever runs it has switched that off (LAYERCAKE_LIVE_EMBEDS).",
            "Open a lab on the site itself instead.",
        )
    offer = registry.engines.get(ENGINE)
    if offer is None:
        raise NotThere(
            "no-embedded-engine",
            "This site opens no labs inside other pages.",
            "They need the embedded engine, and the site works with another one alone.",
            "Open a lab on the site itself instead.",
        )
    return offer


def _refused(request: HttpRequest, error: LabError) -> HttpResponse:
    shown = {"problem": problem_of(error)}
    return render(request, "embed_problem.html", shown, status=problems.status_of(error))

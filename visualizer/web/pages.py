"""The pages: the front page, the lab, and the ways into a lab."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import msgspec
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe

from visualizer.engine.errors import EngineUnavailable
from visualizer.engine.port import ContextFile
from visualizer.events.types import EngineInfo
from visualizer.labs import kept_recordings, opening, wiring, workspace
from visualizer.labs.database import in_database
from visualizer.labs.engines import Engines, Offer
from visualizer.labs.errors import LabError, TooMuch, no_such_lab, problem_of
from visualizer.web import address, built_front, owner, problems

RECORDING = "first-image"
DAY = 24 * 60 * 60
ENGINE_SECONDS = 8.0
"""How long a page waits for an engine that is there, and says nothing."""


def is_built() -> bool:
    """Whether the front end's files are there."""
    return built_front.is_built(settings.BUILT_FRONT_END)


@require_safe
async def front(request: HttpRequest) -> HttpResponse:
    """What Layercake is, with a recorded tape playing."""
    engines = wiring.registry().engines
    boot = {
        "csrf": get_token(request),
        "recording": recording_path(),
        "labs": reverse("labs"),
        "engines": engines.told(),
        "why": engines.why,
    }
    return page(request, "front.html", boot)


@require_GET
async def own_lab(request: HttpRequest) -> HttpResponse:
    """The visitor's newest lab, or a fresh one for a visitor who has none."""
    own = owner.of_request(request)
    newest = await in_database(opening.newest_of, own) if own else None
    if own and newest:
        return _to_lab(request, newest, own)
    return await fresh_lab(request)


@require_safe
async def lab(request: HttpRequest, lab: str) -> HttpResponse:
    """A lab: its owner works in it, everyone else who has the address watches."""
    record = await in_database(opening.load, lab)
    if record is None:
        return problems.as_page(request, no_such_lab().problem, 404)
    owns = owner.visitor(owner.of_request(request)).owns(record.owner_hash)
    engines = wiring.registry().engines
    # Without its engine, or while that is away, a lab can still be looked at; its socket says what
    # is the matter, and takes commands as soon as the engine is back.
    offer = engines.get(record.engine)
    catalogue: Sequence[str] = []
    info: EngineInfo | None = None
    if offer is not None:
        with suppress(EngineUnavailable, TimeoutError):
            catalogue, info = await _told_by(offer)
    files = await in_database(workspace.load, lab)
    boot = {
        "lab": lab,
        "role": "owner" if owns else "watcher",
        "ws": f"/ws/labs/{lab}/",
        "api": f"/api/labs/{lab}/",
        "labs": reverse("labs"),
        "csrf": get_token(request),
        "files": msgspec.to_builtins([workspace.as_source(file) for file in files]),
        "catalogue": list(catalogue),
        "engine": msgspec.to_builtins(info),
        "offer": _told_of(offer, engines) if offer else None,
        "liveEmbeds": wiring.environment().live_embeds,
    }
    return page(request, "lab.html", boot)


async def _told_by(offer: Offer) -> tuple[Sequence[str], EngineInfo]:
    """The engine's catalogue, and what its badge says. Raises EngineUnavailable, TimeoutError."""
    async with asyncio.timeout(ENGINE_SECONDS):
        return await offer.engine.catalogue(), await offer.engine.info()


def _told_of(offer: Offer, engines: Engines) -> dict[str, str]:
    """What the lab's page says of its engine; why it is this one only where it is the usual one."""
    chosen = "This engine was chosen when the lab was opened."
    why = engines.why if offer is engines.usual else chosen
    return {"kind": offer.kind, "title": offer.title, "about": offer.about, "why": why}


@require_safe
async def favicon(request: HttpRequest) -> HttpResponse:
    """Nothing, without a complaint: the pages carry their icon themselves."""
    response = HttpResponse(status=204)
    response["Cache-Control"] = f"public, max-age={DAY}"
    return response


@require_safe
async def robots(request: HttpRequest) -> HttpResponse:
    """Crawlers keep away from where a visit opens a lab, and from what belongs to somebody."""
    closed = "".join(f"Disallow: {path}\n" for path in ("/admin/", "/api/", "/lab/", "/labs/"))
    response = HttpResponse(f"User-agent: *\n{closed}", "text/plain; charset=utf-8")
    response["Cache-Control"] = f"public, max-age={DAY}"
    return response


def recording_path() -> str | None:
    """The file of the recording that the front page plays; None where the site has lost it."""
    known = RECORDING in kept_recordings.slugs()
    return reverse("recording-file", args=[RECORDING]) if known else None


async def fresh_lab(
    request: HttpRequest, engine: str = "", files: Sequence[ContextFile] | None = None
) -> HttpResponse:
    """Open a lab on this kind of engine, whatever labs the visitor has already, and go there.

    Without an engine it is the usual one; without files it has those of a new lab.
    """
    registry = wiring.registry()
    own = owner.of_request(request) or owner.new()
    try:
        offer = registry.engines.chosen(engine)
        if not registry.labs_opened.take(address.of_request(request)):
            raise TooMuch(
                "too-many-labs",
                "Too many labs were opened from your address just now.",
                "Each lab takes some of the site's memory and disk, so there is a limit a minute.",
                "Wait a minute, or go on in a lab that is open already.",
            )
        fresh = await in_database(
            opening.create,
            own,
            offer.kind,
            await _starter(offer) if files is None else files,
            registry.environment.labs_per_owner,
        )
    except (LabError, OperationalError) as error:
        return problems.as_page(request, problem_of(error), problems.status_of(error))
    return _to_lab(request, fresh, own)


async def _starter(offer: Offer) -> list[ContextFile]:
    """Files that build on this engine."""
    try:
        async with asyncio.timeout(ENGINE_SECONDS):
            return workspace.starter_files(await offer.engine.catalogue())
    except (EngineUnavailable, TimeoutError):
        # The lab's own page says that its engine is away.
        return workspace.starter_files()


def _to_lab(request: HttpRequest, lab: str, own: str) -> HttpResponse:
    response = HttpResponseRedirect(reverse("lab", args=[lab]))
    owner.remember(response, own, request)
    response["Cache-Control"] = "no-store"
    return response


def page(request: HttpRequest, template: str, boot: dict[str, Any]) -> HttpResponse:
    """A page with what its script is given for its start; nobody keeps a copy."""
    if not is_built():
        return render(request, "not_built.html", status=503)
    response = render(request, template, {"boot": boot, "dev": settings.DEBUG})
    response["Cache-Control"] = "no-store"
    return response

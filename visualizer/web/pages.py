"""The pages: the front page, the lab, and the ways into a lab."""

import gzip
from functools import cache
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
from visualizer.environment import PROJECT
from visualizer.labs import opening, wiring, workspace
from visualizer.labs.database import in_database
from visualizer.labs.errors import LabError, TooMuch, no_such_lab, problem_of
from visualizer.web import address, owner, problems

RECORDING = PROJECT / "content" / "recordings" / "first-image.jsonl"
DAY = 24 * 60 * 60
RECORDING_AGE = 365 * DAY


def is_built() -> bool:
    """Whether the front end's files are there."""
    return (settings.BUILT_FRONT_END / "manifest.json").is_file()


@require_safe
async def front(request: HttpRequest) -> HttpResponse:
    """What Layercake is, with a recorded tape playing."""
    boot = {"csrf": get_token(request), "recording": recording_path(), "labs": reverse("labs")}
    return _page(request, "front.html", boot)


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
    engine = wiring.registry().engine
    try:
        catalogue, info = await engine.catalogue(), await engine.info()
    except EngineUnavailable as error:
        return problems.as_page(request, problem_of(error), problems.status_of(error))
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
    }
    return _page(request, "lab.html", boot)


@require_safe
async def recording(request: HttpRequest) -> HttpResponse:
    """The tape that plays on the front page."""
    found = _recording()
    if found is None:
        return problems.answer(request, 404)
    plain, packed = found
    accepts = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(packed if accepts else plain, "application/x-ndjson; charset=utf-8")
    if accepts:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = f"public, max-age={RECORDING_AGE}, immutable"
    return response


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
    """The recording's address with its version, so that it may be cached for ever."""
    if not RECORDING.is_file():
        return None
    return f"{reverse('recording')}?{int(RECORDING.stat().st_mtime):x}"


@cache
def _recording() -> tuple[bytes, bytes] | None:
    if not RECORDING.is_file():
        return None
    plain = RECORDING.read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0)


async def fresh_lab(request: HttpRequest) -> HttpResponse:
    """Open a lab for the visitor, whatever labs there are already, and go there."""
    registry = wiring.registry()
    own = owner.of_request(request) or owner.new()
    try:
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
            registry.environment.engine,
            workspace.starter_files(),
            registry.environment.labs_per_owner,
        )
    except (LabError, OperationalError) as error:
        return problems.as_page(request, problem_of(error), problems.status_of(error))
    return _to_lab(request, fresh, own)


def _to_lab(request: HttpRequest, lab: str, own: str) -> HttpResponse:
    response = HttpResponseRedirect(reverse("lab", args=[lab]))
    owner.remember(response, own, request)
    response["Cache-Control"] = "no-store"
    return response


def _page(request: HttpRequest, template: str, boot: dict[str, Any]) -> HttpResponse:
    if not is_built():
        return render(request, "not_built.html", status=503)
    response = render(request, template, {"boot": boot, "dev": settings.DEBUG})
    response["Cache-Control"] = "no-store"
    return response

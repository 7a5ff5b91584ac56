"""`/embed/<id>`: a recording's player alone, for frames on other sites' pages.

It reads no cookie and sets none, and is the same for everybody: what the query asks for is read in
the browser. So that it also plays in a sandboxed frame, whose origin is none, its policy names this
site's address where other pages say 'self'.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from csp.constants import NONE
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from visualizer.labs import built_player, kept_recordings
from visualizer.labs.aside import aside
from visualizer.labs.built_player import BuiltPlayer
from visualizer.labs.database import in_database
from visualizer.labs.kept_recordings import Kept
from visualizer.labs.recording_actions import no_such_recording
from visualizer.web.answers import revalidated, unchanged, unpacked
from visualizer.web.framing import open_to_frames

INLINE_BYTES = 256 * 1024
"""A larger recording is fetched by the player, so that its page is there at once."""
ELEMENT_AGE = 60 * 60
"""Seconds. The element's address has no version: pages that have it should get a newer one soon."""
ELEMENT = "layercake-player.js"


@dataclass(frozen=True)
class Site:
    """Where this site is, as the visitor's browser knows it."""

    origin: str
    folder: str
    """Address of the player's files."""


@require_safe
async def page(request: HttpRequest, id: str) -> HttpResponse:
    """The player in a page of its own."""
    kept = await in_database(kept_recordings.find, id)
    if kept is None:
        shown = {"problem": no_such_recording().problem}
        return open_to_frames(render(request, "embed_problem.html", shown, status=404))
    player = built_player.find(settings.BUILT_FRONT_END)
    if player is None:
        return open_to_frames(render(request, "not_built.html", status=503))
    site = _site(request)
    etag = _etag(kept, player, site)
    response = unchanged(request, etag)
    if response is None:
        response = await unpacked(request, await aside(_packed, kept, player, site))
    revalidated(response, etag)
    return _guarded(open_to_frames(response), site)


@require_safe
async def element(request: HttpRequest) -> HttpResponse:
    """The script of `<layercake-player>`, for any site's pages."""
    script = settings.BUILT_FRONT_END / "embed" / ELEMENT
    try:
        content = await aside(script.read_bytes)
    except OSError:
        response = HttpResponse("// The front end of this site is not built.\n", status=503)
        response["Cache-Control"] = "no-store"
    else:
        response = HttpResponse(content)
        response["Cache-Control"] = f"public, max-age={ELEMENT_AGE}"
    response["Content-Type"] = "text/javascript; charset=utf-8"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _site(request: HttpRequest) -> Site:
    origin = f"{request.scheme}://{request.get_host()}"
    return Site(origin, f"{origin}{settings.STATIC_URL}embed/")


def _etag(kept: Kept, player: BuiltPlayer, site: Site) -> str:
    made_of = f"{kept.etag} {player.script} {player.style} {site.origin}"
    return hashlib.sha256(made_of.encode()).hexdigest()[:32]


@lru_cache(maxsize=8)
def _packed(kept: Kept, player: BuiltPlayer, site: Site) -> bytes:
    """The page, compressed: a class opens the same one many times."""
    address = reverse("recording-page", args=[kept.id])
    boot: dict[str, Any] = {"id": kept.id, "title": kept.title, "page": f"{site.origin}{address}"}
    if len(kept.plain) <= INLINE_BYTES:
        boot["text"] = kept.plain.decode()
    else:
        boot["address"] = f"{site.origin}{reverse('recording-file', args=[kept.id])}"
    shown = {
        "title": kept.title,
        "description": kept.header.description,
        "page": boot["page"],
        "script": f"{site.folder}{player.script}",
        "style": f"{site.folder}{player.style}",
        "boot": boot,
    }
    return gzip.compress(render_to_string("embed.html", shown).encode(), 6, mtime=0)


def _guarded(response: HttpResponse, site: Site) -> HttpResponse:
    """The policy of a page that runs the player and can do nothing else."""
    response._csp_config = {  # type: ignore[attr-defined]
        "default-src": [NONE],
        "script-src": [site.folder],
        "style-src": [site.folder],
        "img-src": ["data:"],
        "connect-src": [f"{site.origin}/r/"],
        "base-uri": [NONE],
        "form-action": [NONE],
    }
    return response

"""oEmbed: another site asks what to put into its page for an address of ours (oembed.com)."""

import re
from typing import Any, NamedTuple
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from visualizer.labs import kept_recordings
from visualizer.labs.database import in_database
from visualizer.labs.kept_recordings import Kept
from visualizer.recordings.moment import is_moment
from visualizer.recordings.still import dimensions
from visualizer.web import snippets, stills

WIDTH, HEIGHT = 800, 600
"""Of the frame, when nobody asks for less."""
AGE = 3600
"""Seconds for which the answer may be kept."""
OPTIONS = ("t", "speed", "theme", "autoplay", "controls", "lang")
"""Of an embed's address; they are handed on to the frame."""
ADDRESS = 2000
"""Characters of the address that is asked for."""
_PATH = re.compile(r"/(?:r|embed)/([A-Za-z0-9_-]{1,64})/?")


class Asked(NamedTuple):
    """A recording, and how its player is to begin."""

    recording: str
    options: dict[str, str]


@require_safe
async def oembed(request: HttpRequest) -> HttpResponse:
    """`/oembed?url=…`: 400 without an address, 404 for one that is none of ours, 501 for XML."""
    if request.GET.get("format", "").lower() not in ("", "json"):
        return _refused(501, "Only JSON can be had here: leave `format` out, or set it to `json`.")
    address = request.GET.get("url", "")[:ADDRESS]
    if not address:
        return _refused(400, "Say which page is to be embedded: `?url=https://…/r/…/`.")
    asked = _asked(request, address)
    kept = await in_database(kept_recordings.find, asked.recording) if asked else None
    if asked is None or kept is None:
        return _refused(404, "There is no recording at this address, or it was taken back.")
    try:
        response = JsonResponse(await _answer(request, kept, asked.options))
    except TimeoutError:
        return _refused(503, "The site is busy. Ask once more in a minute.")
    response["Cache-Control"] = f"public, max-age={AGE}"
    return _open(response)


async def _answer(request: HttpRequest, kept: Kept, options: dict[str, str]) -> dict[str, Any]:
    width, height = _most(request, "maxwidth", WIDTH), _most(request, "maxheight", HEIGHT)
    frame = request.build_absolute_uri(f"/embed/{kept.id}")
    if options:
        frame += f"?{urlencode(options)}"
    picture = request.build_absolute_uri(reverse("still", args=[kept.id]))
    if "t" in options:
        picture += f"?{urlencode({'t': options['t']})}"
    moment = options.get("t", "")
    thumbnail = _fitted(dimensions(await stills.drawn(kept, moment)), width, height)
    return {
        "version": "1.0",
        "type": "rich",
        "title": kept.title or "A recording",
        "provider_name": "Layercake",
        "provider_url": request.build_absolute_uri("/"),
        "cache_age": AGE,
        "html": snippets.player_frame(frame, kept.title or "A recording", width, height),
        "width": width,
        "height": height,
        "thumbnail_url": picture,
        "thumbnail_width": thumbnail[0],
        "thumbnail_height": thumbnail[1],
    }


def _asked(request: HttpRequest, address: str) -> Asked | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    found = _PATH.fullmatch(parts.path)
    if found is None or not _is_ours(request, parts):
        return None
    return Asked(found[1], _options(parts))


def _is_ours(request: HttpRequest, parts: SplitResult) -> bool:
    """By its host; the scheme may have been upgraded on the way."""
    return parts.scheme in ("http", "https") and parts.netloc.lower() == request.get_host().lower()


def _options(parts: SplitResult) -> dict[str, str]:
    """Those of the query, and the moment of the fragment."""
    given = {**parse_qs(parts.query), **parse_qs(parts.fragment)}
    found = {name: given[name][0][: stills.MOMENT] for name in OPTIONS if name in given}
    if not is_moment(found.get("t", "")):
        found.pop("t", None)
    return found


def _most(request: HttpRequest, name: str, usual: int) -> int:
    text = request.GET.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 8):
        return usual
    return max(1, min(usual, int(text)))


def _fitted(picture: tuple[int, int], width: int, height: int) -> tuple[int, int]:
    """The picture's size within these bounds, in its own proportions."""
    scale = min(1.0, width / picture[0], height / picture[1])
    return max(1, int(picture[0] * scale)), max(1, int(picture[1] * scale))


def _refused(status: int, words: str) -> HttpResponse:
    return _open(JsonResponse({"error": words}, status=status))


def _open(response: HttpResponse) -> HttpResponse:
    """Any page may read the answer: it holds nothing that its address does not give."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response

"""Pictures of a recording: a moment of it as SVG, and its address as a QR code."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import segno
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from visualizer.labs import kept_recordings
from visualizer.labs.database import in_database
from visualizer.labs.kept_recordings import Kept
from visualizer.recordings.moment import is_moment, position_at
from visualizer.recordings.still import still
from visualizer.web import problems

AGE = 300
"""Seconds for which a picture may be kept: a recording can be revoked."""
MOMENT = 24
"""Characters of a moment."""
THEMES = ("light", "dark")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
MOST_KEPT = 128
WAIT_SECONDS = 20.0
QUIET_ZONE = 4
"""Modules of white around a QR code, as its standard asks for."""

# One thread: reading a long tape takes its time, and whoever asks for many pictures of it waits
# for them in a row, without keeping the threads that others need.
_pen = ThreadPoolExecutor(1, thread_name_prefix="stills")
_drawn: dict[tuple[str, str, str], str] = {}
"""Pictures by the recording's etag, moment and theme; the least used is forgotten."""


@require_safe
async def still_picture(request: HttpRequest, recording: str) -> HttpResponse:
    """`/r/<id>/still.svg?t=&theme=`: what the stage shows at a moment, at the end without one."""
    kept = await in_database(kept_recordings.find, recording)
    if kept is None:
        return problems.answer(request, 404)
    theme = request.GET.get("theme", "")
    moment = request.GET.get("t", "")[:MOMENT]
    try:
        svg = await drawn(kept, moment, theme if theme in THEMES else "auto")
    except TimeoutError:
        return HttpResponse(status=503, headers={"Retry-After": "60"})
    return _picture(svg.encode())


@require_safe
async def qr_code(request: HttpRequest, recording: str) -> HttpResponse:
    """`/r/<id>/qr.svg?t=`: the address of the recording's page, to be photographed."""
    kept = await in_database(kept_recordings.find, recording)
    if kept is None:
        return problems.answer(request, 404)
    address = request.build_absolute_uri(reverse("recording-page", args=[kept.id]))
    moment = request.GET.get("t", "")[:MOMENT].strip()
    if is_moment(moment):
        address += f"#t={moment}"
    return _picture(qr_svg(address, f"QR code of {address}"))


async def drawn(kept: Kept, moment: str, theme: str = "auto") -> str:
    """The still of a recording at a moment as an address has it. Raises TimeoutError."""
    call = asyncio.get_running_loop().run_in_executor
    # Who gives up waiting leaves the row, so that it gets no longer than this.
    async with asyncio.timeout(WAIT_SECONDS):
        return await call(_pen, _still, kept, moment.strip(), theme)


def qr_svg(text: str, title: str) -> bytes:
    """A QR code as SVG, dark on white in any theme: cameras expect it so."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(
        out,
        kind="svg",
        scale=6,
        # With a unit the code gets a view box too, and can be shown in any size.
        unit="px",
        border=QUIET_ZONE,
        light="#ffffff",
        dark="#000000",
        title=title,
    )
    return out.getvalue()


def _still(kept: Kept, moment: str, theme: str) -> str:
    """Runs in the one thread, so that nothing guards the pictures that are kept."""
    key = kept.etag, moment, theme
    found = _drawn.pop(key, None)
    if found is None:
        recorded = kept.recorded()
        found = still(recorded, position_at(moment, recorded.events), theme)
    _drawn[key] = found
    if len(_drawn) > MOST_KEPT:
        del _drawn[next(iter(_drawn))]
    return found


def _picture(svg: bytes) -> HttpResponse:
    response = HttpResponse(svg, "image/svg+xml; charset=utf-8")
    response["Content-Security-Policy"] = POLICY
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = f"public, max-age={AGE}"
    return response

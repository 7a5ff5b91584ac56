"""Answers that several addresses give: JSON that nobody keeps, and what can be revoked."""

import gzip
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from visualizer.labs.aside import aside

HTML = "text/html; charset=utf-8"


def as_json(value: Any) -> HttpResponse:
    """The value, for this one visitor and this moment."""
    response = HttpResponse(msgspec.json.encode(value), "application/json")
    response["Cache-Control"] = "no-store"
    return response


async def unpacked(request: HttpRequest, packed: bytes, media_type: str = HTML) -> HttpResponse:
    """What gzip has compressed: as it is for a browser that takes it so, else itself."""
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(await aside(gzip.decompress, packed), media_type)
    response = HttpResponse(packed, media_type)
    response["Content-Encoding"] = "gzip"
    return response


def unchanged(request: HttpRequest, etag: str) -> HttpResponse | None:
    """The answer to whoever holds this version already; None for all others.

    By a weak comparison (RFC 9110, section 8.8.3.2): packed or not, it is the same.
    """
    known = request.headers.get("If-None-Match", "")[:2000]
    if not any(tag.strip().removeprefix("W/") == f'"{etag}"' for tag in known.split(",")):
        return None
    response = HttpResponse(status=304)
    del response["Content-Type"]
    return response


def revalidated(response: HttpResponse, etag: str) -> HttpResponse:
    """Have whoever keeps it ask each time whether it is still there: it can be revoked."""
    response["Cache-Control"] = "public, no-cache"
    response["ETag"] = f'W/"{etag}"'
    response["Vary"] = "Accept-Encoding"
    return response

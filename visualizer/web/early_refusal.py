"""What a browser is told whose file is too large to be imported: the server says it before Django
hears of the request."""

import secrets

import msgspec
from django.template.loader import render_to_string

from visualizer.labs.errors import problem_of
from visualizer.web.recordings import too_large


def response(path: bytes) -> bytes:
    """The whole answer, head and all: JSON to the API, a page to people."""
    problem = problem_of(too_large())
    if path.startswith(b"/api/"):
        return _written("application/json", msgspec.json.encode(problem), "")
    nonce = secrets.token_urlsafe(16)
    shown = {"problem": problem, "request": {"csp_nonce": nonce}}
    page = render_to_string("file_too_large.html", shown).encode()
    return _written("text/html; charset=utf-8", page, f"; style-src 'nonce-{nonce}'; img-src data:")


def _written(media_type: str, body: bytes, allowed: str) -> bytes:
    head = (
        "HTTP/1.1 413 Content Too Large",
        "Connection: close",
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body)}",
        f"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'{allowed}",
        "X-Content-Type-Options: nosniff",
        "Cache-Control: no-store",
    )
    return "\r\n".join([*head, "", ""]).encode() + body

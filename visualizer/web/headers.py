"""Headers that every page carries beside the Content Security Policy."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

UNUSED = "camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb"
PERMISSIONS = ", ".join(f"{feature}=()" for feature in UNUSED)


@sync_and_async_middleware
def security_headers(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Middleware: what the page may not do, said to the browser."""
    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponseBase:
            answer: Awaitable[HttpResponseBase] = get_response(request)
            return _marked(await answer)

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponseBase:
        return _marked(get_response(request))

    return synchronous


def _marked(response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault("Permissions-Policy", PERMISSIONS)
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    # Nearly everything here is somebody's own; what may be kept says so itself.
    response.headers.setdefault("Cache-Control", "no-store")
    return response

"""Which pages may open a socket: those of the site itself, by scheme, host and port.

Browsers send cookies to a socket whatever page opened it, so the origin is the only sign that a
foreign page is behind one.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

Application = Callable[[Any, Any, Any], Awaitable[Any]]
PORTS = {"http": 80, "https": 443}


class OriginGate:
    """Refuses a handshake from a foreign page with 403, and passes all others on."""

    def __init__(self, application: Application, allowed: Sequence[str] = ()) -> None:
        self._application = application
        self._allowed = frozenset(filter(None, (_normal(origin) for origin in allowed)))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        """The ASGI application."""
        headers = {name: value.decode("latin1") for name, value in scope.get("headers", [])}
        if self._allows(headers.get(b"origin", ""), headers, scope):
            return await self._application(scope, receive, send)
        return await WebsocketDenier()(scope, receive, send)

    def _allows(self, given: str, headers: dict[bytes, str], scope: Any) -> bool:
        origin = _normal(given)
        if origin is None:
            return False
        if self._allowed:
            return origin in self._allowed
        host = headers.get(b"host", "")
        if not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
            return False
        return origin == _normal(f"{_scheme(headers, scope)}://{host}")


def _scheme(headers: dict[bytes, str], scope: Any) -> str:
    if settings.LAYERCAKE.behind_proxy and b"x-forwarded-proto" in headers:
        return headers[b"x-forwarded-proto"].rsplit(",", 1)[-1].strip()
    return "https" if scope.get("scheme") == "wss" else "http"


def _normal(origin: str) -> tuple[str, str, int] | None:
    """Scheme, host and port, the port said even when it is the usual one."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or PORTS[parts.scheme]

"""Which address a visitor comes from, for limits of rate and count."""

from ipaddress import IPv6Address, ip_network
from typing import Any

from django.http import HttpRequest

from visualizer.labs import wiring


def of_request(request: HttpRequest) -> str:
    """The client's address; behind a proxy of ours, what that proxy says."""
    return _pick(request.META.get("HTTP_X_FORWARDED_FOR", ""), request.META.get("REMOTE_ADDR"))


def of_scope(scope: dict[str, Any]) -> str:
    """The same for a socket's scope."""
    forwarded = ""
    for name, value in scope.get("headers", []):
        if name == b"x-forwarded-for":
            forwarded = value.decode("latin1")
    client = scope.get("client") or ("unknown",)
    return _pick(forwarded, client[0])


def _pick(forwarded: str, direct: str | None) -> str:
    if forwarded and wiring.environment().behind_proxy:
        # The last entry is the one that our own proxy has written; those before it may be lies.
        return _household(forwarded.rsplit(",", 1)[-1].strip()[:64])
    return _household(direct or "unknown")


def _household(client: str) -> str:
    """An IPv6 address without its last half, which its holder may choose anew for each request."""
    try:
        found = IPv6Address(client.strip("[]").partition("%")[0])
    except ValueError:
        return client
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))

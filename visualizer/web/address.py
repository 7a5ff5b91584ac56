"""Which address a visitor comes from, for limits of rate and count."""

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
        return forwarded.rsplit(",", 1)[-1].strip()
    return direct or "unknown"

"""Whose browser this is: a signed cookie with 128 random bits, read for pages and for sockets."""

import secrets
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponseBase, parse_cookie

from visualizer.labs.actions import Visitor
from visualizer.labs.opening import owner_hash

NAME = "layercake_owner"
YEAR = 365 * 24 * 60 * 60
SALT = "layercake.owner"


def of_request(request: HttpRequest) -> str | None:
    """The visitor's own name, or None for one who has none yet or forged it."""
    return _unsigned(request.COOKIES.get(NAME))


def of_scope(scope: dict[str, Any]) -> str | None:
    """The same for a socket's scope."""
    for name, value in scope.get("headers", []):
        if name == b"cookie":
            # As Django reads them for pages: the standard library's parser gives all of them up
            # for one that it does not like, and other sites on this host may have set that one.
            return _unsigned(parse_cookie(value.decode("latin1")).get(NAME))
    return None


def visitor(owner: str | None) -> Visitor:
    """The visitor as actions know one."""
    return Visitor(owner_hash(owner) if owner else "")


def new() -> str:
    """A name for a visitor who has none."""
    return secrets.token_urlsafe(16)


def remember(response: HttpResponseBase, owner: str, request: HttpRequest) -> None:
    """Have the browser keep the name for a year from now."""
    response.set_cookie(
        NAME,
        signing.get_cookie_signer(salt=SALT).sign(owner),
        max_age=YEAR,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )


def _unsigned(value: str | None) -> str | None:
    if not value:
        return None
    try:
        return signing.get_cookie_signer(salt=SALT).unsign(value)
    except signing.BadSignature:
        return None

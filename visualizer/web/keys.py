"""Keys to a lab: who holds one owns the lab, where the browser gives no cookie (see `owner`).

A key is signed, lives in the memory of one page, and is sent along with what only an owner may do.
"""

from typing import Any
from urllib.parse import parse_qs

from django.core import signing

from visualizer.web import owner

SALT = "layercake.key"
"""Not that of the cookie: a key is no cookie and a cookie no key."""
NAME = "key"
"""Of the parameter in a socket's address: a browser's sockets take no headers of a page's own."""


def key_of(own: str) -> str:
    """The key of whoever has this name."""
    return signing.Signer(salt=SALT).sign(own)


def unlocked(key: str) -> str | None:
    """The name that the key was made for; None for a forged one."""
    try:
        return signing.Signer(salt=SALT).unsign(key)
    except signing.BadSignature:
        return None


def owner_of_scope(scope: dict[str, Any]) -> str | None:
    """Who opens this socket: by the key when one is given, and then by nothing else."""
    query = parse_qs(scope.get("query_string", b"").decode("latin1"))
    if NAME in query:
        return unlocked(query[NAME][0])
    return owner.of_scope(scope)

"""A lab goes from one owner to another.

What the one before held opens nothing afterwards, so it does not matter who else holds it.
"""

from django.db import transaction

from visualizer.labs.errors import NotAllowed, no_such_lab
from visualizer.labs.opening import owner_hash, too_many_labs
from visualizer.models import Lab


def hand_over(lab: str, before: str, own: str, most: int) -> str:
    """Make `before`'s lab `own`'s (names, not hashes); the hash of its owner now.

    One that is `own`'s already stays so. Queries, and so runs in a database thread.
    Raises NotThere, NotAllowed, TooMuch.
    """
    old, new = owner_hash(before), owner_hash(own)
    with transaction.atomic():
        holder = Lab.objects.filter(pk=lab).values_list("owner_hash", flat=True).first()
        if holder is None:
            raise no_such_lab()
        if holder == new:
            return new
        if holder != old:
            raise key_opens_nothing()
        if Lab.objects.filter(owner_hash=new).count() >= most:
            raise too_many_labs(most)
        Lab.objects.filter(pk=lab).update(owner_hash=new)
    return new


def key_opens_nothing() -> NotAllowed:
    """The key is whole, but the lab is not its maker's, or not any more."""
    return NotAllowed(
        "key-used-up",
        "This lab cannot be taken over with that address.",
        "It works once: the lab was taken over with it before. Or it is for another lab.",
        "If you took it over, it is among your labs in the browser that you did it in. If not, go "
        "back to the page with the frame and start a lab there.",
    )

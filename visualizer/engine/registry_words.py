"""The lab's registry as the learner knows it: its name, what may be said to it, what it refuses."""

from visualizer.dockerfile.diagnosis import Topic
from visualizer.engine.errors import Conflict, Refused
from visualizer.engine.references import full_tag

REGISTRY = "registry.lab"
"""Stands before the names of all images in the lab's own registry."""

TOPIC = Topic("While an image goes to the registry or comes from it")

NOT_THERE = TOPIC.message(
    "not-in-registry",
    "error",
    "The registry has no image `{reference}`.",
    "A registry has what was pushed to it, under exactly the name and tag that it was pushed with.",
    "Look at the registry's shelf for the name, or push the image first.",
)
UNREACHABLE = TOPIC.message(
    "registry-unreachable",
    "error",
    "The registry does not answer.",
    "The engine asked it and got no answer. It says: `{words}`.",
    "Wait a moment and try again. If it stays like this, tell the people who run this site.",
)
REFUSED = TOPIC.message(
    "registry-refused",
    "error",
    "The registry did not take part in this.",
    "The engine's words are: `{words}`.",
    "Try again. If it stays like this, tell the people who run this site.",
)
TIMEOUT = TOPIC.message(
    "transfer-timeout",
    "error",
    "It took longer than {limit} seconds and was stopped.",
    "Many share the registry and the way to it, so a push or a pull has a limit.",
    "Try again: layers that have gone over already are not sent twice.",
)
ENGINE_GONE = TOPIC.message(
    "engine-gone-in-transfer",
    "error",
    "The engine went away in the middle of it.",
    "It was stopped or restarted, so everything that it was doing has ended.",
    "Wait until it is back, then try again: layers that have gone over already are not sent twice.",
)
DAMAGED = TOPIC.message(
    "blob-damaged",
    "error",
    "A layer is not what its digest says.",
    "A layer's name is the sha256 of its bytes, and is checked whenever it moves. The file of "
    "`{layer}` is damaged or gone.",
    "Build the image again without the cache, then push it again.",
)
NO_ROOM = TOPIC.message(
    "no-room-for-image",
    "error",
    "This lab already has {limit} images, as many as it may.",
    "A pull brings one more. Images with a tag or a container are never deleted by themselves.",
    "Remove an image that you do not need any more, then pull again.",
)


def in_registry(reference: str, doing: str) -> str:
    """The reference with its tag. Raises Refused when it is not one of the lab's registry.

    `doing` is `push` or `pull`.
    """
    full = full_tag(reference)
    if full.startswith(f"{REGISTRY}/"):
        return full
    plain = full.rpartition("/")[2]
    if doing == "push":
        why = (
            "An image's name says which registry it goes to; without one it is Docker Hub. From "
            f"here an image can go to the lab's own registry alone, which is called {REGISTRY}."
        )
        advice = f"Tag the image `{REGISTRY}/{plain}`, then push that name."
    else:
        why = (
            f"From here an image can come from the lab's own registry alone, {REGISTRY}; it has "
            "what was pushed to it in this lab."
        )
        advice = f"Pull a name that begins with `{REGISTRY}/`. Base images need no pull: use FROM."
    raise Refused(
        f"{doing}-elsewhere", f"`{reference[:80]}` is not in the lab's registry.", why, advice
    )


def without_registry(reference: str) -> str:
    """What stands behind `registry.lab/`."""
    return reference.removeprefix(f"{REGISTRY}/")


def no_registry() -> Refused:
    """The site has none."""
    return Refused(
        "no-registry",
        "This site has no registry.",
        "A push needs one to send the image to. Its Docker Engine has none beside it, and labs "
        "never reach registries of the world outside.",
        "Ask the people who run this site to set LAYERCAKE_REGISTRY, or open a lab on the embedded "
        "engine, where the registry is simulated.",
    )


def transfer_running() -> Conflict:
    """One at a time."""
    return Conflict(
        "transfer-running",
        "A push or a pull is under way in this lab already.",
        "A lab moves one image at a time.",
        "Wait until it is done, then try again.",
    )


def too_many_tags(limit: int) -> Refused:
    """Counted over all repositories."""
    return Refused(
        "too-many-registry-tags",
        f"The lab's registry already keeps {limit} names.",
        f"It may have {limit}, because many share this machine.",
        "Push under one of the names that it has: the name then means the new image.",
    )


def registry_full(limit: int) -> Refused:
    """By size."""
    return Refused(
        "registry-full",
        "The lab's registry has no room for this image.",
        f"All layers in it may have {limit // 1024**2} MiB together, each counted once.",
        "Make the image smaller, or push it under a name that it shall replace.",
    )

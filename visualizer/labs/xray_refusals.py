"""What X-ray refuses, in words for a learner."""

from visualizer.labs.errors import Invalid, NotThere, TooMuch

SHOWN = 200
"""Characters of a path that is told back."""


def bad_cursor() -> Invalid:
    return Invalid(
        "bad-cursor",
        "The site does not know where to go on in this list.",
        "`after` is not the `next` of a page before it.",
        "Leave it out to begin at the top.",
    )


def bad_word(name: str, known: str) -> Invalid:
    return Invalid(
        "bad-query",
        f"The site did not understand `{name}`.",
        f"It knows: {known}.",
        "Use one of these words, or leave it out.",
    )


def bad_path() -> Invalid:
    return Invalid(
        "bad-path",
        "This cannot be a path in an image.",
        "A path there begins with `/`, has at most 4,096 characters and no NUL among them.",
        "Take the path from the tree.",
    )


def not_of_image(layer: str, image: str) -> NotThere:
    return NotThere(
        "no-such-layer",
        f"The image `{image[:80]}` has no layer `{layer[:19]}`.",
        "A layer is compared with the layers below it, so it is looked at in an image that has it.",
        "Open the layer from one of the images that have it.",
    )


def no_such_path(path: str) -> NotThere:
    return NotThere(
        "no-such-file",
        f"There is no file `{path[:SHOWN]}` there.",
        "Neither this layer nor what was asked for names it.",
        "Take the path from the tree, or look for it with the search.",
    )


def is_gone(path: str, layer: str | None) -> NotThere:
    return NotThere(
        "file-deleted",
        f"`{path[:SHOWN]}` cannot be seen here: it was deleted or replaced.",
        "A layer only hides what the layers below it hold; the bytes are still in the image.",
        f"Read it in the layer that has it: {layer}." if layer else "",
    )


def is_directory(path: str) -> Invalid:
    return Invalid(
        "is-a-directory",
        f"`{path[:SHOWN]}` is a directory.",
        "It has names in it, and no content of its own.",
        "Open it in the tree.",
    )


def is_symlink(path: str, target: str) -> Invalid:
    return Invalid(
        "is-a-symlink",
        f"`{path[:SHOWN]}` is a symbolic link.",
        f"It holds nothing but the path of another file: {target[:SHOWN]}",
        "Read the file that it points at.",
    )


def too_many_paths(limit: int) -> TooMuch:
    return TooMuch(
        "too-many-paths",
        "This image is too large for the X-ray.",
        f"The site takes images apart that have at most {limit:,} paths in all their layers.",
        "Look at one layer's list of files instead, or build on a smaller base image.",
    )

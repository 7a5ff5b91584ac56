"""The nearest of several names: for misspelt instructions, stages, files and images."""

import re
from collections.abc import Iterable, Sequence


def distance(left: str, right: str) -> int:
    """Edits from one to the other; two swapped letters count as one edit."""
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for row, a in enumerate(left, 1):
        current = [row]
        for column, b in enumerate(right, 1):
            cost = min(
                previous[column] + 1, current[column - 1] + 1, previous[column - 1] + (a != b)
            )
            if row > 1 and column > 1 and a == right[column - 2] and left[row - 2] == b:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        before, previous = previous, current
    return previous[-1]


def closest(name: str, options: Iterable[str], limit: int | None = None) -> str | None:
    """The option with the fewest edits, None if even that one is another word altogether."""
    allowed = limit if limit is not None else max(1, min(3, len(name) // 3))
    best, best_distance = None, allowed + 1
    for option in options:
        if abs(len(option) - len(name)) > allowed:
            continue
        edits = distance(name.lower(), option.lower())
        if edits < best_distance:
            best, best_distance = option, edits
    return best


def split_image(name: str) -> tuple[str, str]:
    """Repository and tag, with Docker Hub's default prefixes taken off."""
    name = name.partition("@")[0].lower()
    for prefix in ("docker.io/", "index.docker.io/", "library/"):
        name = name.removeprefix(prefix)
    repository, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        return name, ""
    return repository, tag


def nearest(name: str, catalogue: Sequence[str]) -> str | None:
    """The image of the catalogue that is most like this name, None if none is like it."""
    repository, tag = split_image(name)
    repositories = list(dict.fromkeys(split_image(image)[0] for image in catalogue))
    if repository not in repositories:
        # `company/python` and `python` share the part after the last slash.
        short = repository.rsplit("/", 1)[-1]
        found = closest(repository, repositories) or closest(short, repositories)
        if found is None:
            found = next((r for r in repositories if len(r) > 3 and short.startswith(r)), None)
        if found is None:
            return None
        repository = found
    images = [image for image in catalogue if split_image(image)[0] == repository]
    return min(images, key=lambda image: _tag_distance(tag, split_image(image)[1]))


def _tag_distance(wanted: str, tag: str) -> tuple[float, float, int]:
    """How far a tag is from the wanted one: first by version numbers, then by letters."""
    numbers, wanted_numbers = _version(tag), _version(wanted)
    if wanted in ("", "latest"):
        # Without a wish the newest is meant.
        newest = -(numbers[0] * 1000 + numbers[1])
        return (0 if tag in ("", "latest") else 1, newest, len(tag))
    apart = abs(numbers[0] - wanted_numbers[0]) * 1000 + abs(numbers[1] - wanted_numbers[1])
    return (apart, distance(wanted, tag), len(tag))


def _version(tag: str) -> tuple[int, int]:
    match = re.match(r"v?(\d{1,6})(?:\.(\d{1,6}))?", tag)
    return (int(match[1]), int(match[2] or 0)) if match else (0, 0)

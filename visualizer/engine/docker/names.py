"""What a lab's things are called on the engine, so that labs and sites never meet.

A learner's `app:latest` is `layercake.invalid/<site>/<lab>/named/app:latest` there. `.invalid` is
reserved: no registry can ever have that name (RFC 2606).
"""

import hashlib
import re
from collections.abc import Mapping

HOST = "layercake.invalid"
INSTANCE_LABEL = "layercake.instance"
LAB_LABEL = "layercake.lab"
NAME_LABEL = "layercake.image"
"""The name of the image that a container was run with."""
PURPOSE_LABEL = "layercake.purpose"
"""On every container, as an image may bring labels of any name along."""
A_MEANS = "reading"
"""The purpose of a container that only files of an image are read from."""
LEARNERS = "learner"
"""The purpose of a container that somebody runs."""
OWN_LABELS = (INSTANCE_LABEL, LAB_LABEL, NAME_LABEL, PURPOSE_LABEL)

_INSTANCE = re.compile(r"[a-z0-9]{1,40}", re.ASCII)
_PORT = re.compile(r"^([a-zA-Z0-9.-]+):([0-9]+)/")
_HIDDEN_PORT = re.compile(r"^([a-zA-Z0-9.-]+)--port--([0-9]+)/")


class LabNames:
    """The names of one lab of one site."""

    def __init__(self, instance: str, lab: str) -> None:
        if not _INSTANCE.fullmatch(instance):
            raise ValueError(f"not an instance: {instance!r}")
        self.lab = lab
        self.instance = instance
        # Labs may have capitals in their names, which images may not.
        key = hashlib.sha256(lab.encode()).hexdigest()[:24]
        self.key = key
        self.root = f"{HOST}/{instance}/{key}"
        self.network = f"layercake-{instance}-{key}"
        self._containers = f"layercake-{instance}-{key}-"

    @property
    def labels(self) -> dict[str, str]:
        """What marks a container, network or image as the lab's."""
        return {INSTANCE_LABEL: self.instance, LAB_LABEL: self.lab}

    def container(self, name: str) -> str:
        """A container's name on the engine."""
        return self._containers + name

    def learners_container(self, name: str) -> str:
        """A container's name as the learner gave it."""
        return name.removeprefix("/").removeprefix(self._containers)

    def kept(self, digest: str) -> str:
        """The tag that keeps an image, whatever other tags it has."""
        return f"{self.root}/keep:{digest.removeprefix('sha256:')}"

    def base(self, image: str) -> str:
        """The tag of the lab's own edition of a base image."""
        return f"{self.root}/base:{image.removeprefix('sha256:')}"

    def plain(self, digest: str) -> str:
        """The tag of an image of the lab's without its ONBUILD triggers."""
        return f"{self.root}/plain:{digest.removeprefix('sha256:')}"

    def image(self, tag: str) -> str:
        """A learner's tag (with its `:latest`) on the engine."""
        return f"{self.root}/named/" + _PORT.sub(r"\1--port--\2/", tag)

    @property
    def building(self) -> str:
        """The tag of an image that was built and is not taken in yet."""
        return f"{self.root}/building:latest"

    def learners_tag(self, tag: str) -> str | None:
        """The learner's tag, None when the engine's is not one of his."""
        prefix = f"{self.root}/named/"
        if not tag.startswith(prefix):
            return None
        return _HIDDEN_PORT.sub(r"\1:\2/", tag.removeprefix(prefix))

    def repositories(self, registry: str) -> str:
        """What the names of the lab's images in a registry (`host:port`) begin with."""
        return f"{registry}/{self.instance}/{self.key}/"

    def is_base(self, tag: str) -> bool:
        """Whether a tag is that of the lab's own edition of a base image."""
        return tag.startswith(f"{self.root}/base:")

    def is_own(self, tag: str) -> bool:
        """Whether a tag belongs to this lab, here or while it moves to or from a registry."""
        return tag.partition("/")[2].startswith(f"{self.instance}/{self.key}/")


def is_only_a_means(labels: Mapping[str, str]) -> bool:
    """Whether a container of these labels is nobody's but the site's, for a moment."""
    return labels.get(PURPOSE_LABEL) == A_MEANS


def is_of_site(tag: str, instance: str) -> bool:
    """Whether a tag belongs to a lab of the site, here or in a registry."""
    return tag.partition("/")[2].startswith(f"{instance}/")

"""From an image and a run request to a container's record."""

import time
from collections.abc import Mapping, Sequence
from secrets import token_hex

from visualizer.engine.embedded.image import Image
from visualizer.engine.embedded.state import ContainerRecord
from visualizer.engine.port import RunRequest
from visualizer.engine.refusals import no_command


def new_record(image: Image, request: RunRequest, name: str) -> ContainerRecord:
    """The record of a new container. Raises Refused when there is nothing to execute."""
    config = dict(image.config)
    command = request.argv(config)
    if request.entrypoint:
        config |= {"Entrypoint": list(request.entrypoint), "Cmd": list(request.command or [])}
    elif request.command:
        config["Cmd"] = list(request.command)
    config["Env"] = with_env(config.get("Env") or [], request.env)
    if not command or not command[0]:
        raise no_command()
    container = token_hex(32)
    return ContainerRecord(
        id=container,
        name=name,
        image=image.digest,
        image_name=request.image,
        layers=list(image.layers),
        config=config,
        command=command,
        hostname=container[:12],
        created_at=time.time(),
    )


def with_env(env: Sequence[str], given: Mapping[str, str]) -> list[str]:
    """What was given at run, then what of the image's environment it leaves: Docker's order."""
    left = [pair for pair in env if pair.partition("=")[0] not in given]
    return [*(f"{name}={value}" for name, value in given.items()), *left]


def env_of(record: ContainerRecord) -> dict[str, str]:
    """A container's environment as a mapping."""
    pairs = record.config.get("Env")
    return dict(str(pair).partition("=")[::2] for pair in pairs) if isinstance(pairs, list) else {}


def text_of(record: ContainerRecord, key: str, default: str) -> str:
    """A text of a container's config."""
    value = record.config.get(key)
    return value if isinstance(value, str) and value else default

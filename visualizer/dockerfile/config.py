"""The image's config: what ENV, CMD, EXPOSE and the others leave behind, in Docker's own shape."""

from collections.abc import Callable, Mapping
from typing import Any

from visualizer.dockerfile.operations import (
    DEFAULT_PATH,
    Cmd,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    OnBuild,
    Operation,
    Shell,
    StopSignal,
    User,
    Volume,
    Workdir,
)

_Setting = Callable[[Any, Any], Any]


def _mapped(names: str) -> _Setting:
    """Adds the operation's words to a mapping of empty values, Docker's shape of a set."""
    return lambda old, operation: {**(old or {}), **{n: {} for n in getattr(operation, names)}}


_SETTINGS: dict[type, tuple[str, _Setting]] = {
    Env: ("Env", lambda old, operation: _with_env(old or [], operation.pairs)),
    Cmd: ("Cmd", lambda _, operation: list(operation.argv)),
    # `ENTRYPOINT []` takes an inherited one away.
    Entrypoint: ("Entrypoint", lambda _, operation: list(operation.argv) or None),
    Workdir: ("WorkingDir", lambda _, operation: operation.path),
    User: ("User", lambda _, operation: operation.user),
    Expose: ("ExposedPorts", _mapped("ports")),
    Label: ("Labels", lambda old, operation: {**(old or {}), **dict(operation.pairs)}),
    Volume: ("Volumes", _mapped("paths")),
    StopSignal: ("StopSignal", lambda _, operation: operation.signal),
    OnBuild: ("OnBuild", lambda old, operation: [*(old or []), operation.trigger]),
    Shell: ("Shell", lambda _, operation: list(operation.argv)),
    Healthcheck: ("Healthcheck", lambda _, operation: dict(operation.check)),
}


def changed_field(operation: Operation) -> str | None:
    """The config key that the operation sets; None for ARG, files, FROM and MAINTAINER."""
    field, _ = _SETTINGS.get(type(operation), (None, None))
    return field


def base_config(base: Mapping[str, Any] | None) -> dict[str, Any]:
    """The config that a stage begins with: the base's, without its triggers, PATH always set.

    None stands for `scratch`. BuildKit: dockerfile2llb/convert.go, dispatchStages and emptyImage.
    """
    config: dict[str, Any] = {"WorkingDir": "/"} if base is None else dict(base)
    config.pop("OnBuild", None)
    env = list(config.get("Env") or [])
    if not any(pair.startswith("PATH=") for pair in env):
        env.append(f"PATH={DEFAULT_PATH}")
    config["Env"] = env
    return config


def apply_config(config: Mapping[str, Any], operation: Operation) -> dict[str, Any]:
    """The config after the operation; the one given is not changed.

    For a FROM the config given is that of the stage it begins with; an image brings its own.
    A key that Docker would show as null is absent.
    """
    if isinstance(operation, From):
        return _from(config, operation)
    result = dict(config)  # the settings below build new values and change none
    if type(operation) in _SETTINGS:
        field, setting = _SETTINGS[type(operation)]
        result[field] = setting(result.get(field), operation)
        if result[field] is None:
            del result[field]
    if isinstance(operation, Entrypoint) and operation.resets_cmd:
        result.pop("Cmd", None)
    return result


def env_of(config: Mapping[str, Any]) -> dict[str, str]:
    """The config's environment as a mapping."""
    return dict(pair.partition("=")[::2] for pair in config.get("Env") or [])


def _from(config: Mapping[str, Any], operation: From) -> dict[str, Any]:
    if operation.scratch:
        return base_config(None)
    if operation.stage is not None:
        return base_config(config)
    return base_config(operation.base.config if operation.base else {})


def _with_env(env: list[str], pairs: tuple[tuple[str, str], ...]) -> list[str]:
    """A name that is there keeps its place and gets the new value."""
    values = dict(pair.partition("=")[::2] for pair in env)
    values.update(pairs)
    return [f"{name}={value}" for name, value in values.items()]

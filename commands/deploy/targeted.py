"""A run of the engine that changes a few objects, from the state alone: no config, no catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from commands.deploy import replay
from commands.deploy.engine import Engine
from tools import paths

FOLDER = paths.LOCAL / "targeted"


def run(
    engine: Engine,
    resources: Sequence[Mapping[str, Any]],
    changed: Mapping[str, Mapping[str, Any]],
    outputs: Mapping[str, Any],
) -> tuple[int, str]:
    """Give the objects in ``changed``, by URN, their new inputs, and the stack its outputs.

    ``resources`` are those of the state. Returns the exit code and the engine's standard error.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    config = FOLDER / engine.stack.file.name
    engine.write_encryption(config)
    targets = [word for urn in changed for word in ("--target", urn)]
    with replay.served(resources, changed, outputs) as address:
        return engine.run(
            *("up", "--yes", "--skip-preview", "--suppress-outputs", "--client", address),
            *targets,
            config_file=config,
        )


def is_stack(resource: Mapping[str, Any]) -> bool:
    """Whether the resource of the state is the stack itself, which has the outputs."""
    return bool(resource["type"] == replay.STACK)


def provider(resources: Iterable[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    """The inputs of the state's first provider of that kind; empty without one."""
    return next((one.get("inputs") or {} for one in resources if one["type"] == kind), {})

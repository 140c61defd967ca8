"""A run of the engine that changes a few objects, from the state alone: no config, no catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from commands.deploy import events, replay, session
from commands.deploy.engine import Engine
from commands.reports import files
from tools import paths

FOLDER = paths.LOCAL / "targeted"


def run(
    engine: Engine,
    resources: Sequence[Mapping[str, Any]],
    changed: Mapping[str, Mapping[str, Any]],
    outputs: Mapping[str, Any],
) -> tuple[int, str]:
    """Give the objects in ``changed``, by URN, their new inputs, and the stack its outputs.

    ``resources`` are those of the state. Returns the exit code, and why the run failed.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    config = FOLDER / engine.stack.file.name
    engine.write_encryption(config)
    targets = [word for urn in changed for word in ("--target", urn)]
    with files.event_log() as log, replay.served(resources, changed, outputs) as address:
        code, said = engine.run(
            *("up", "--yes", "--skip-preview", "--suppress-outputs", "--client", address),
            *targets,
            log=log,
            config_file=config,
        )
        return code, session.why(engine, "up", events.read(log), said) if code else ""


def is_stack(resource: Mapping[str, Any]) -> bool:
    """Whether the resource of the state is the stack itself, which has the outputs."""
    return bool(resource["type"] == replay.STACK)


def provider(resources: Iterable[Mapping[str, Any]], kind: str) -> Mapping[str, Any]:
    """The inputs of the state's first provider of that kind; empty without one."""
    return next((one.get("inputs") or {} for one in resources if one["type"] == kind), {})

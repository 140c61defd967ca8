"""A plan: what a preview proposed, in a file, so that ``make up`` does that and nothing else.

The engine compares each resource with the plan in its preview, before it changes anything, and
ends at the first that differs. Source: https://www.pulumi.com/docs/iac/concepts/update-plans/
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from commands.deploy import events
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.preview.reading import UNKNOWN

NAME = "plan.json"
_REFUSED = re.compile(r"violates plan|not allowed by the plan|no plan for resource")
_URN = re.compile(r"urn:pulumi:\S+::(?P<name>[^\s:]+)")
_GENERATOR = re.compile(r"[:$](?:random|tls):[^:]*:\w+::")
_PROPERTY = re.compile(r"violates plan: properties changed: [-+=~]{2}(?P<name>[\w.\-/]+)\[")


def save(file: Path, made: Path, *, succeeded: bool) -> Sequence[str]:
    """Put the plan that the engine ``made`` in place; an older one never stays.

    Only its owner can read it: a secret in it is encrypted like in the state, all else is in clear.
    A plan with values that only the run will know is not kept, since the engine can refuse it
    half-way. Returns the names of what has such values. Raises :class:`DeployError` where the file
    cannot be written.
    """
    try:
        file.unlink(missing_ok=True)
        if not succeeded:
            return []
        left = undecided(json.loads(made.read_text(encoding="utf-8")))
        if left:
            return left
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        shutil.copyfile(made, file)
    except OSError as error:
        raise DeployError(f"The plan cannot be written to {file}: {error.strerror}") from None
    return []


def undecided(document: Mapping[str, Any]) -> list[str]:
    """The resources of a plan with values that only the run will know, by name.

    An unknown value can be encrypted, and is not seen then; so what generates values counts, too.
    """
    return [
        urn.rpartition("::")[2]
        for urn, one in document["resourcePlans"].items()
        if UNKNOWN in json.dumps(_inputs(one))
        or (_GENERATOR.search(urn) and any(step != "same" for step in one.get("steps") or ()))
    ]


def _inputs(planned: Mapping[str, Any]) -> Any:
    return (planned.get("goal") or {}).get("inputDiff")


def check(file: Path) -> None:
    """Raises :class:`DeployError` where there is no plan in the file."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        document = None
    if not (isinstance(document, dict) and "resourcePlans" in document):
        raise DeployError(
            f"There is no plan in {file}; nothing was changed. `make preview` writes one with "
            "PLAN=<file>, where it ends well."
        )


def follow(engine: Engine, file: Path, options: Iterable[str], log: Path) -> tuple[int, str]:
    """Deploy what is planned. Returns the exit code, and what the engine said.

    Nobody is asked again: the plan is what was agreed to. Where it holds no longer, the engine
    tells values in clear, of secrets too, so that from there on nothing it says is shown.
    """
    planned = ("--plan", str(file.resolve()), "--yes")
    return engine.shown_until(_is_refusal, "up", *options, *planned, log=log)


def explain(engine: Engine, file: Path, log: Iterable[events.Event]) -> str | None:
    """What to do where the engine refused the plan; else ``None``."""
    refused = differences(log)
    if not refused:
        return None
    return (
        f"The plan in {file} does not hold, and was followed no further:\n"
        + "".join(f"  {one}\n" for one in refused)
        + "The program, its config or the stack's state is another one since the preview. "
        f"Make a new plan with `make preview STACK={engine.stack.name} PLAN={file}`, and have it "
        "reviewed."
    )


def differences(log: Iterable[events.Event]) -> list[str]:
    """What differs from the plan, by names alone."""
    errors = [e for e in log if isinstance(e, events.Diagnostic) and e.severity == "error"]
    return list(dict.fromkeys(_named(each) for each in errors if _is_refusal(each.message)))


def _is_refusal(line: str) -> bool:
    return bool(_REFUSED.search(line))


def _named(error: events.Diagnostic) -> str:
    urn = _URN.search(error.urn or error.message.partition("violates plan")[0])
    changed = _PROPERTY.search(error.message)
    name = urn["name"] if urn else "a resource that is not in it"
    return f"{name}: {changed['name']}" if changed else name

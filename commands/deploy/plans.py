"""Plans: what a preview proposed, in a file, so that ``make up`` does that and nothing else.

Before the engine changes anything, it previews again and stops at the first resource that differs
from the plan. Source: https://www.pulumi.com/docs/iac/concepts/update-plans/
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
    """Copy the plan that the engine ``made`` to ``file``; an older plan there is deleted.

    Only its owner can read the file: secrets in it are encrypted as in the state, the rest is not.
    A plan with values that are known only during the run is not kept, since the engine may refuse
    it half-way. Returns the names of the resources with such values. Raises :class:`DeployError`
    where the file cannot be written.
    """
    try:
        file.unlink(missing_ok=True)
        if not succeeded:
            return []
        unknown = with_unknown_values(json.loads(made.read_text(encoding="utf-8")))
        if unknown:
            return unknown
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        shutil.copyfile(made, file)
    except OSError as error:
        raise DeployError(f"The plan cannot be written to {file}: {error.strerror}") from None
    return []


def with_unknown_values(document: Mapping[str, Any]) -> list[str]:
    """The names of a plan's resources with values that are known only during the run.

    An unknown value may be encrypted and so not recognized. Resources that generate values
    (``random``, ``tls``) therefore count, too.
    """
    return [
        urn.rpartition("::")[2]
        for urn, one in document["resourcePlans"].items()
        if UNKNOWN in json.dumps(_inputs(one))
        or (_GENERATOR.search(urn) and any(step != "same" for step in one.get("steps") or ()))
    ]


def _inputs(planned: Mapping[str, Any]) -> Any:
    return (planned.get("goal") or {}).get("inputDiff")


def existing(name: str) -> Path:
    """The file of that name. Raises :class:`DeployError` where it holds no plan."""
    file = Path(name)
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        document = None
    if not (isinstance(document, dict) and "resourcePlans" in document):
        raise DeployError(
            f"There is no plan in {file}; nothing was changed. `make preview PLAN=<file>` writes "
            "one, unless it fails."
        )
    return file


def options(file: Path) -> tuple[str, ...]:
    """The engine's options to deploy what is planned. Nobody is asked: the plan was approved."""
    return ("--plan", str(file.resolve()))


def explain(engine: Engine, file: Path, log: Iterable[events.Event]) -> str | None:
    """What to do after the engine refused the plan; ``None`` where it did not."""
    refused = differences(log)
    if not refused:
        return None
    return (
        f"The plan in {file} is out of date, and the engine stopped at:\n"
        + "".join(f"  {one}\n" for one in refused)
        + "The program, its config or the stack's state has changed since the preview. "
        f"Make a new plan with `make preview STACK={engine.stack.name} PLAN={file}`, and have it "
        "reviewed."
    )


def differences(log: Iterable[events.Event]) -> list[str]:
    """What differs from the plan: names without values."""
    errors = [e for e in log if isinstance(e, events.Diagnostic) and e.severity == "error"]
    return list(dict.fromkeys(_named(each) for each in errors if is_refusal(each.message)))


def is_refusal(line: str) -> bool:
    """Whether the engine refuses the plan there.

    It prints values in clear then, even those of secrets, so its output is not shown from there on.
    """
    return bool(_REFUSED.search(line))


def _named(error: events.Diagnostic) -> str:
    urn = _URN.search(error.urn or error.message.partition("violates plan")[0])
    changed = _PROPERTY.search(error.message)
    name = urn["name"] if urn else "a resource that is not in the plan"
    return f"{name}: {changed['name']}" if changed else name

"""``make canary`` and ``make promote``: a change of config, then ``make up``.

The files keep their comments. Nothing is written that the configuration's own rules refuse.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from commands.canary import gate, versions
from commands.canary.steps import Raise
from commands.deploy import refusals, up, yaml_files
from commands.deploy import stack as stacks
from commands.deploy.errors import DeployError
from commands.deploy.stack import Stack
from components.config.loading import PROJECT
from components.config.problems import one_of
from components.config.scalars import WEIGHTS
from components.config.stack.canary import Canary
from components.config.validation import validate
from tools import paths

CANARIES = f"{PROJECT}:canaries"
ALL = Decimal(100)


def canary(stack: Stack, *, service: str, weight: str, force: bool, yes: bool) -> int:
    """Give the new version a share of the requests, in per cent. Returns the exit code."""
    raised = change("canary", stack, service, weight, force=force)
    return _deploy(stack, raised, force=force, yes=yes)


def promote(stack: Stack, *, service: str, force: bool, yes: bool) -> int:
    """Take the next of the two steps that make the new version the stable one."""
    raised = change("promote", stack, service, force=force)
    return _deploy(stack, raised, force=force, yes=yes)


def _deploy(stack: Stack, judged: tuple[Raise, ...], *, force: bool, yes: bool) -> int:
    """Deploy the stack as its changed file says."""
    return up.run(stacks.find(stack.name), yes=yes, force=force, judged=judged)


def change(
    command: str, stack: Stack, service: str, weight: str = "", *, force: bool = False
) -> tuple[Raise, ...]:
    """Change the files as the command asks: ``canary`` or ``promote``.

    Returns the raise that passed the gate; with ``force`` every raise passes. Raises
    :class:`DeployError` before anything is written.
    """
    refuse_unnamed(command, service)
    refuse_automated(command, stack, service)
    if command == "promote":
        return _promote(stack, service, force=force)
    return _set_weight(stack, service, weight, force=force)


def refuse_unnamed(command: str, service: str) -> None:
    """Raise :class:`DeployError` without a service."""
    if not service:
        raise DeployError(f"Name the service: `make {command} SERVICE=user-service`.")


def _set_weight(stack: Stack, service: str, weight: str, *, force: bool) -> tuple[Raise, ...]:
    """Write the canary's share, in per cent, into the stack's config.

    Returns the raise, if it is one. Raises :class:`DeployError` for a weight out of range, a
    service without a second version, a step that is too large, or a canary that fails the gate.
    """
    versions.second(stack, service)
    canary, findings = validate(Canary, {"weight": weight})
    if canary is None or canary.weight is None:
        raise refusals.findings_in(
            stack.file, (each.under(f"canaries.{service}") for each in findings)
        )
    share = canary.weight
    present = _weight(stack.file, service) or Decimal(0)
    step = Raise(service=service, present=present, wanted=share)
    raised = (step,) if share > present else ()
    gate.check(stack, raised, force=force)
    with yaml_files.edited(stack.file) as document:
        entry = document
        for key in ("config", CANARIES, service):
            entry = _inner(stack.file, entry, key)
        entry["weight"] = int(share) if share == int(share) else float(share)
    print(f"{stack.file.name}: {service} sends {share} % of its requests to the new version.")
    return raised


def _inner(file: Path, outer: Any, key: str) -> Any:
    """The mapping at the key, made where nothing is. Raises :class:`DeployError` for another kind.

    ``yaml_files.edited`` then writes nothing.
    """
    if not isinstance(outer, dict):
        raise refusals.wrong_value(file, "", outer)
    if outer.get(key) is None:
        outer[key] = {}
    if not isinstance(outer[key], dict):
        raise refusals.wrong_value(file, key, outer[key])
    return outer[key]


def _promote(stack: Stack, service: str, *, force: bool) -> tuple[Raise, ...]:
    """Take the next of the two steps that make the new version the stable one.

    The first step gives it every request and returns that raise. The second retires the old
    version. It raises :class:`DeployError` until every stack with a canary of the service has
    taken the first.
    """
    if _weight(stack.file, service) != ALL:
        raised = _set_weight(stack, service, "100", force=force)
        print("If all is well, run it again: the second step retires the old version.")
        return raised
    behind = [
        file.name
        for file in sorted(paths.ROOT.glob("Pulumi.*.yaml"))
        if _weight(file, service) not in (None, ALL)
    ]
    if behind:
        raise DeployError(
            f"The old version of {service} still serves requests in {one_of(behind)}. All stacks "
            "share the catalogue, so the weight has to be 100 in each before it can be retired."
        )
    _retire(stack, service)
    return ()


def refuse_automated(command: str, stack: Stack, service: str) -> None:
    """Raise :class:`DeployError` for a canary whose weights Flagger owns.

    Other mistakes in the stack's file are not looked at.
    """
    entry = written(stack.document, service)
    if entry is not None and entry.get("mode") == "automated":
        raise DeployError(
            f"`make {command}` cannot change the weight of {service}: in {stack.file.name} its "
            "canary is `mode: automated`, so Flagger owns the weights.\n"
            f"A new image of {service} starts Flagger's analysis, and the old image rolls back. "
            "To set the weights yourself, write `mode: manual` with a `weight`."
        )


def written(document: Any, service: str) -> Any:
    """The service's entry among the canaries of a stack's file; ``None`` without one."""
    entry = document
    for key in ("config", CANARIES, service):
        entry = entry.get(key) if isinstance(entry, dict) else None
    return entry if isinstance(entry, dict) else None


def _retire(stack: Stack, service: str) -> None:
    new = versions.second(stack, service)
    with yaml_files.edited(versions.catalogue(stack)) as document:
        entry = document["services"][service]
        del entry["versions"][entry.get("stable", "v1")]
        entry["stable"] = new
    for file in paths.ROOT.glob("Pulumi.*.yaml"):
        if _weight(file, service) is not None:
            with yaml_files.edited(file) as document:
                del document["config"][CANARIES][service]
    print(f"{service}: {new} is the stable version now; the old one is retired.")


def _weight(file: Path, service: str) -> Decimal | None:
    weight = (written(refusals.document(file), service) or {}).get("weight")
    try:
        return None if weight is None else Decimal(str(weight))
    except InvalidOperation:
        raise refusals.wrong_value(file, f"canaries.{service}.weight", weight, WEIGHTS) from None

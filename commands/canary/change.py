"""``make canary``, ``make rollback``, ``make promote``: a change of config, then an ordinary run.

The files keep their comments. Nothing is written that the configuration's own rules refuse.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from commands.canary import gate, versions
from commands.canary.steps import Raise
from commands.deploy import yaml_files
from commands.deploy.errors import DeployError
from commands.deploy.stack import Stack
from components.config.loading import PROJECT
from components.config.problems import located, one_of
from components.config.problems import render as render_problems
from components.config.stack.canary import Canary
from components.config.validation import validate
from tools import paths

CANARIES = f"{PROJECT}:canaries"
ALL = Decimal(100)

COMMANDS = ("canary", "rollback", "promote")


def change(
    command: str, stack: Stack, service: str, weight: str, *, force: bool = False
) -> tuple[Raise, ...]:
    """Change the files as one of :data:`COMMANDS` asks; ``force`` passes the gate.

    Returns the raise that the gate let pass. Raises :class:`DeployError` for what cannot be, before
    anything is written.
    """
    if not service:
        raise DeployError(f"Name the service: `make {command} SERVICE=user-service`.")
    _refuse_automated(command, stack, service)
    if command == "promote":
        return promote(stack, service, force=force)
    return set_weight(stack, service, "0" if command == "rollback" else weight, force=force)


def set_weight(
    stack: Stack, service: str, weight: str, *, force: bool = False
) -> tuple[Raise, ...]:
    """Write the canary's share, in per cent, into the stack's config.

    Returns the raise, if it is one. Raises :class:`DeployError` for a weight out of range, a
    service without second version, a step too far, and a canary that is not fit for more.
    """
    versions.second(stack, service)
    canary, findings = validate(Canary, {"weight": weight})
    if canary is None or canary.weight is None:
        found = (each.under(f"canaries.{service}") for each in findings)
        raise DeployError(render_problems(located(stack.file.name, found)))
    share = canary.weight
    present = _weight(stack.file, service) or Decimal(0)
    step = Raise(service=service, present=present, wanted=share)
    raised = (step,) if share > present else ()
    gate.check(stack, raised, force=force)
    with yaml_files.edited(stack.file) as document:
        config = document.setdefault("config", {})
        entry = config.setdefault(CANARIES, {}).setdefault(service, {})
        entry["weight"] = int(share) if share == int(share) else float(share)
    print(f"{stack.file.name}: {service} sends {share} % of its requests to the new version.")
    return raised


def promote(stack: Stack, service: str, *, force: bool = False) -> tuple[Raise, ...]:
    """Take the next of the two steps that make the new version the stable one.

    First it gets every request; then, when it has them in every stack with a canary of the
    service, the old version is retired. Returns the raise that the first step is. Raises
    :class:`DeployError` before its time.
    """
    if _weight(stack.file, service) != ALL:
        raised = set_weight(stack, service, "100", force=force)
        print("Run it again when all is well: the second step retires the old version.")
        return raised
    behind = [
        file.name
        for file in sorted(paths.ROOT.glob("Pulumi.*.yaml"))
        if _weight(file, service) not in (None, ALL)
    ]
    if behind:
        raise DeployError(
            f"The old version of {service} still serves requests by {one_of(behind)}: "
            "its weight has to be 100 there, too, since all stacks share the catalogue."
        )
    _retire(stack, service)
    return ()


def _refuse_automated(command: str, stack: Stack, service: str) -> None:
    canary = stack.canary_settings().canaries.get(service)
    if canary is not None and canary.is_automated:
        raise DeployError(
            f"`make {command}` changes no weight of {service}: in {stack.file.name} its canary is "
            "`mode: automated`, so Flagger owns the weights.\n"
            f"A new image of {service} starts Flagger's analysis, the old image again goes back, "
            "and `mode: manual` with a `weight` gives you the weights."
        )


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
    print(f"{service}: {new} is the stable version, and the old one is retired.")


def _weight(file: Path, service: str) -> Decimal | None:
    canaries = (yaml_files.read(file).get("config") or {}).get(CANARIES) or {}
    weight = (canaries.get(service) or {}).get("weight")
    return None if weight is None else Decimal(str(weight))

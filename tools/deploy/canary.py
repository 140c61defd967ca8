"""``make canary``, ``make rollback``, ``make promote``: a change of config, then an ordinary run.

The files keep their comments. Nothing is written that the configuration's own rules refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from components.configuration import PROJECT
from components.problems import nearest, one_of
from components.problems import render as render_problems
from components.settings import Canary
from components.validation import validate
from tools import paths
from tools.deploy.errors import DeployError
from tools.deploy.stack import Stack

CANARIES = f"{PROJECT}:canaries"
CATALOGUE = f"{PROJECT}:catalogue"
ALL = Decimal(100)

COMMANDS = ("canary", "rollback", "promote")


def change(command: str, stack: Stack, service: str, weight: str) -> None:
    """Change the files as one of :data:`COMMANDS` asks.

    Raises :class:`DeployError` for what cannot be, before anything is written.
    """
    if not service:
        raise DeployError(f"Name the service: `make {command} SERVICE=user-service`.")
    if command == "promote":
        promote(stack, service)
    else:
        set_weight(stack, service, "0" if command == "rollback" else weight)


def set_weight(stack: Stack, service: str, weight: str) -> None:
    """Write the canary's share, in per cent, into the stack's config.

    Raises :class:`DeployError` for a weight out of range, or a service without second version.
    """
    _second_version(stack, service)
    path = ("canaries", service)
    canary, problems = validate(Canary, {"weight": weight}, file=stack.file.name, prefix=path)
    if canary is None:
        raise DeployError(render_problems(problems))
    share = canary.weight
    with _edited(stack.file) as document:
        config = document.setdefault("config", {})
        entry = config.setdefault(CANARIES, {}).setdefault(service, {})
        entry["weight"] = int(share) if share == int(share) else float(share)
    print(f"{stack.file.name}: {service} sends {share} % of its requests to the new version.")


def promote(stack: Stack, service: str) -> None:
    """Take the next of the two steps that make the new version the stable one.

    First it gets every request; then, when it has them in every stack with a canary of the
    service, the old version is retired. Raises :class:`DeployError` before that is so.
    """
    if _weight(stack.file, service) != ALL:
        set_weight(stack, service, "100")
        print("Run it again when all is well: the second step retires the old version.")
        return
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


def _retire(stack: Stack, service: str) -> None:
    new = _second_version(stack, service)
    with _edited(_catalogue(stack)) as document:
        entry = document["services"][service]
        del entry["versions"][entry.get("stable", "v1")]
        entry["stable"] = new
    for file in paths.ROOT.glob("Pulumi.*.yaml"):
        if _weight(file, service) is not None:
            with _edited(file) as document:
                del document["config"][CANARIES][service]
    print(f"{service}: {new} is the stable version, and the old one is retired.")


def _second_version(stack: Stack, service: str) -> str:
    services = _read(_catalogue(stack))["services"]
    if service not in services:
        near = nearest(service, services)
        hint = f" Did you mean `{near}`?" if near else ""
        raise DeployError(f'The catalogue has no service "{service}".{hint}')
    entry = services[service]
    others = [v for v in entry.get("versions", {}) if v != entry.get("stable", "v1")]
    if not others:
        raise DeployError(
            f'"{service}" has one version. Add the new one under `services.{service}.versions` '
            f"in {_catalogue(stack).name}."
        )
    return str(others[0])


def _catalogue(stack: Stack) -> Path:
    config = stack.document.get("config") or {}
    return paths.ROOT / str(config.get(CATALOGUE, "services.yaml"))


def _weight(file: Path, service: str) -> Decimal | None:
    canaries = (_read(file).get("config") or {}).get(CANARIES) or {}
    entry = canaries.get(service)
    return None if entry is None else Decimal(str(entry["weight"]))


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _read(file: Path) -> Any:
    return _yaml().load(file.read_text(encoding="utf-8")) or {}


@contextmanager
def _edited(file: Path) -> Iterator[Any]:
    document = _read(file)
    yield document
    with file.open("w", encoding="utf-8") as out:
        _yaml().dump(document, out)

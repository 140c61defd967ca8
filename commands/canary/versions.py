"""The versions of a service, as the stack's catalogue and canaries name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands.deploy import refusals
from commands.deploy.errors import DeployError
from commands.deploy.stack import Stack
from components.config.loading import PROJECT
from components.config.problems import suggestion
from components.config.stack.canary import Canary
from components.names import primary, workload
from tools import paths

CATALOGUE = f"{PROJECT}:catalogue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployments:
    """The names of the Deployments of a service's stable and new version."""

    stable: str
    new: str


def catalogue(stack: Stack) -> Path:
    """The stack's catalogue."""
    config = stack.document.get("config")
    written = config.get(CATALOGUE) if isinstance(config, Mapping) else None
    return paths.ROOT / str(written or "services.yaml")


def second(stack: Stack, service: str) -> str:
    """The version that is not the stable one. Raises :class:`DeployError` without one."""
    entry = _entry(stack, service)
    versions = entry.get("versions") or {}
    if not isinstance(versions, Mapping):
        raise refusals.wrong_value(catalogue(stack), f"services.{service}.versions", versions)
    others = [v for v in versions if v != _stable(entry)]
    if not others:
        raise DeployError(
            f'"{service}" has one version. Add the new one under `services.{service}.versions` '
            f"in {catalogue(stack).name}."
        )
    return str(others[0])


def deployments(stack: Stack, service: str, canary: Canary) -> Deployments:
    """The Deployments of a canary. Raises :class:`DeployError` for an unknown service.

    Flagger uses the service's own Deployment for the new version and copies it for the stable one.
    """
    own = workload(service, _stable(_entry(stack, service)))
    if canary.is_automated:
        return Deployments(stable=primary(own), new=own)
    return Deployments(stable=own, new=workload(service, second(stack, service)))


def _entry(stack: Stack, service: str) -> Mapping[str, Any]:
    """The service's entry. Raises :class:`DeployError` where there is none to read."""
    file = catalogue(stack)
    document = refusals.document(file)
    services = document.get("services") if isinstance(document, Mapping) else None
    if not isinstance(services, Mapping):
        raise refusals.wrong_value(file, "services", services)
    if service not in services:
        hint = suggestion(service, map(str, services))
        raise DeployError(f'The catalogue has no service "{service}". {hint}'.rstrip())
    entry = services[service]
    if not isinstance(entry, Mapping):
        raise refusals.wrong_value(file, f"services.{service}", entry)
    return entry


def _stable(entry: Mapping[str, Any]) -> str:
    return str(entry.get("stable") or "v1")

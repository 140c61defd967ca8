"""The versions of a service, as the stack's catalogue and canaries name them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commands.deploy import yaml_files
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
    config = stack.document.get("config") or {}
    return paths.ROOT / str(config.get(CATALOGUE, "services.yaml"))


def second(stack: Stack, service: str) -> str:
    """The version that is not the stable one. Raises :class:`DeployError` without one."""
    entry = _entry(stack, service)
    others = [v for v in entry.get("versions", {}) if v != _stable(entry)]
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


def _entry(stack: Stack, service: str) -> Any:
    services = yaml_files.read(catalogue(stack))["services"]
    if service not in services:
        hint = suggestion(service, services)
        raise DeployError(f'The catalogue has no service "{service}". {hint}'.rstrip())
    return services[service]


def _stable(entry: Any) -> str:
    return str(entry.get("stable", "v1"))

"""What a stack should run, as the tests themselves read ``services.yaml`` and the stack's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from tools import paths

NAMESPACE = "microservices"
_DOCUMENT = yaml.safe_load((paths.ROOT / "services.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = _DOCUMENT["services"]
STORES: dict[str, dict[str, Any]] = _DOCUMENT["stores"]
GATEWAY: str = _DOCUMENT["gateway"]
PLAYED = {name: by for by, service in SERVICES.items() if (name := service.get("standsInFor"))}
"""The externals that a service of the catalogue stands in for on the local stack."""
STORE_PORTS = {"redis": 6379, "postgresql": 5432}


@dataclass(frozen=True, slots=True)
class Expected:
    """The names of what a stack runs, and the catalogue's entry of each service."""

    services: dict[str, dict[str, Any]]
    deployments: dict[str, dict[str, Any]]
    stateful_sets: set[str]
    backups: set[str]

    @property
    def workloads(self) -> set[str]:
        """Everything with a template of pods."""
        return {*self.deployments, *self.stateful_sets, *self.backups}

    @property
    def accounts(self) -> set[str]:
        """The ServiceAccounts: both versions of a service share one."""
        return {*self.services, *STORES, *self.backups}

    @property
    def profiles(self) -> set[str]:
        """The services with a ServiceProfile."""
        return {name for name, service in self.services.items() if style(service) == "profile"}

    @property
    def ports(self) -> set[str]:
        """The ports of the services and stores: a further one is ``service.port``."""
        further = {f"{n}.{port}" for n, s in self.services.items() for port in s.get("ports", ())}
        return {*self.services, *STORES, *further}


def expected(stack: str) -> Expected:
    """What the stack's own file makes of the catalogue."""
    text = (paths.ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)["config"]
    played = config.get("linkerd-platform:standIns", [])
    services = {
        name: service
        for name, service in SERVICES.items()
        if service.get("standsInFor") in (None, *played)
        and name not in config.get("linkerd-platform:endpoints", {})
    }
    stateful = {name for name, service in services.items() if "storage" in service}
    deployments = {name: each for name, each in services.items() if name not in stateful}
    for name in config.get("linkerd-platform:canaries", {}):
        first, *others = services[name]["versions"]
        assert services[name].get("stable", "v1") == first
        deployments |= {f"{name}-{version}": services[name] for version in others}
    return Expected(
        services=services,
        deployments=deployments,
        stateful_sets={*STORES, *stateful},
        backups={f"{name}-backup" for name, store in STORES.items() if "backup" in store},
    )


def style(service: dict[str, Any]) -> str:
    """``profile``, ``route``, or ``opaque`` for a protocol that Linkerd does not read."""
    if service.get("protocol") == "tcp":
        return "opaque"
    return str(service.get("style", "profile"))


def of_style(*styles: str) -> list[str]:
    """The services of these styles; there have to be some."""
    found = [name for name, service in SERVICES.items() if style(service) in styles]
    assert found, f"services.yaml has no service of the styles {styles}"
    return found


def port(name: str) -> int:
    """The port on which a service or store is dialled."""
    if name in STORES:
        return STORE_PORTS[STORES[name]["kind"]]
    return int(SERVICES[name].get("port", 8080))


def declared() -> set[tuple[str, str]]:
    """The catalogue's calls as the local stack runs them, and the backups of the stores."""
    calls = {
        (caller, PLAYED.get(callee, callee))
        for caller, service in SERVICES.items()
        for callee in service.get("calls", ())
    }
    return calls | {(f"{name}-backup", name) for name, s in STORES.items() if "backup" in s}

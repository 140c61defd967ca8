"""Who may dial which port, from the catalogue's calls. Nothing here knows Pulumi."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from components import names
from components.config.catalogue.containers import Protocol
from components.config.catalogue.model import Catalogue, Route, Service, Store
from components.config.stack.gateway import MeshIdentity
from components.config.stack.settings import Linkerd, Settings
from components.linkerd import namespaces
from components.plan import load


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteAccess:
    """One route of a door, and the accounts that may use it."""

    route: Route
    callers: tuple[MeshIdentity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A port of a service's or store's pods, and the accounts that may dial it.

    ``pods`` are the names that the pods' label may have, ``name`` is the Server's. ``routes`` is
    empty unless the catalogue narrows one of them; if not, only what a route declares comes in.
    ``probes`` are the paths that the kubelet asks for on it.
    """

    owner: str
    pods: tuple[str, ...]
    name: str
    port: int
    protocol: Protocol
    callers: tuple[MeshIdentity, ...]
    routes: tuple[RouteAccess, ...] = ()
    probes: tuple[str, ...] = ()


def doors(catalogue: Catalogue, settings: Settings) -> Iterator[Door]:
    """The doors of everything that the stack runs, a service's main port first.

    ``catalogue`` is the stack's, with its overrides applied.
    """
    for name, service in catalogue.services.items():
        if service.port is not None:
            yield _main_door(name, service, service.port, catalogue, settings)
        for label, extra in service.ports.items():
            yield Door(
                owner=name,
                pods=pods(name, settings),
                # The dot keeps it apart from every service's own name.
                name=f"{name}.{label}",
                port=extra.port,
                protocol=extra.protocol,
                callers=_identities(_callers(name, label, catalogue), settings),
            )
    for name, store in catalogue.stores.items():
        yield Door(
            owner=name,
            pods=(name,),
            name=name,
            port=store.port,
            protocol="tcp",
            callers=_identities(_clients(name, store, catalogue, settings), settings),
        )


def _main_door(
    name: str, service: Service, port: int, catalogue: Catalogue, settings: Settings
) -> Door:
    accounts, controller = _callers(name, None, catalogue), None
    if name == catalogue.gateway:
        controller = settings.gateway.controller
        if load.plan(catalogue, settings):
            accounts.append(names.LOAD_GENERATOR)
    callers = _identities(accounts, settings) + ((controller,) if controller else ())
    probed = [probe.http for probe in (service.probe, service.liveness) if probe.http]
    return Door(
        owner=name,
        pods=pods(name, settings),
        name=name,
        port=port,
        protocol=service.protocol,
        callers=callers,
        routes=_routes(service, callers, settings),
        probes=tuple(dict.fromkeys(probed)),
    )


def pods(name: str, settings: Settings) -> tuple[str, ...]:
    """The names that a workload's pods have: its own, and that of Flagger's copies of them."""
    canary = settings.canaries.get(name)
    return (name, names.primary(name)) if canary and canary.is_automated else (name,)


def _callers(callee: str, port: str | None, catalogue: Catalogue) -> list[str]:
    """The services that call this port; ``None`` is the main one."""
    return [
        caller
        for caller, service in catalogue.services.items()
        if any(call.service == callee and call.port == port for call in service.calls)
    ]


def _clients(name: str, store: Store, catalogue: Catalogue, settings: Settings) -> list[str]:
    clients = catalogue.callers(name)
    if store.backup is not None:
        clients.append(names.backup(name))
    override = settings.stores.get(name)
    if override is not None and override.operator is not None:
        clients.append(name)  # its instances replicate from each other
    return clients


def _routes(
    service: Service, callers: tuple[MeshIdentity, ...], settings: Settings
) -> tuple[RouteAccess, ...]:
    if all(route.callers is None for route in service.routes):
        return ()
    return tuple(
        RouteAccess(
            route=route,
            callers=callers
            if route.callers is None
            # A caller that this stack does not run needs no way in.
            else tuple(c for c in _identities(route.callers, settings) if c in callers),
        )
        for route in service.routes
    )


def _identities(accounts: Sequence[str], settings: Settings) -> tuple[MeshIdentity, ...]:
    own = settings.namespace
    return tuple(_identity(account, own) for account in accounts)


def _identity(account: str, namespace: str) -> MeshIdentity:
    return MeshIdentity.model_validate({"serviceAccount": account, "namespace": namespace})


def scraper(linkerd: Linkerd) -> MeshIdentity | None:
    """Who may read the proxies' metrics; ``None`` where nobody is known to."""
    if linkerd.scraper is not None:
        return linkerd.scraper
    own = linkerd.viz != "off" and linkerd.prometheus_url is None
    return _identity("prometheus", namespaces.VIZ) if own else None

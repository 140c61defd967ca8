"""Which clients may call which port, derived from the catalogue's calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from components import names
from components.config.catalogue.containers import ExtraPort, Protocol
from components.config.catalogue.model import Catalogue, Route, Service, Store
from components.config.stack.gateway import MeshIdentity
from components.config.stack.settings import Linkerd, Settings
from components.linkerd import namespaces
from components.plan import load

SOLVER = 8089
"""The port of the pod with which cert-manager answers an HTTP-01 challenge, for a minute or two.

Source of port and label: cert-manager, pkg/issuer/acme/http and pkg/apis/acme/v1
"""
SOLVER_LABELS = {"acme.cert-manager.io/http01-solver": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteAccess:
    """One route of a port, and the accounts that may call it."""

    route: Route
    callers: tuple[MeshIdentity, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundRule:
    """A port of a service's or store's pods, and the accounts that may call it.

    ``name`` is the name of its Server. ``pods`` are the values of the label that selects the pods.
    ``routes`` is empty unless the catalogue limits the callers of a route. With routes, requests
    that match none of them are refused. ``probes`` are the paths of the kubelet's HTTP probes.
    """

    owner: str
    pods: tuple[str, ...]
    name: str
    port: int
    protocol: Protocol
    callers: tuple[MeshIdentity, ...]
    routes: tuple[RouteAccess, ...] = ()
    probes: tuple[str, ...] = ()


def inbound_rules(catalogue: Catalogue, settings: Settings) -> Iterator[InboundRule]:
    """The rules for all services and stores of the stack, a service's main port first.

    ``catalogue`` is the stack's, with its overrides applied.
    """
    for name, service in catalogue.services.items():
        if service.port is not None:
            yield _main_port(name, service, service.port, catalogue, settings)
        for label, extra in service.ports.items():
            yield InboundRule(
                owner=name,
                pods=pods(name, settings),
                name=names.server(name, label),
                port=extra.port,
                protocol=extra.protocol,
                callers=_identities(_callers(name, label, catalogue), settings)
                + _scrapers(extra, settings.linkerd),
            )
    for name, store in catalogue.stores.items():
        yield InboundRule(
            owner=name,
            pods=(name,),
            name=name,
            port=store.port,
            protocol="tcp",
            callers=_identities(_clients(name, store, catalogue, settings), settings),
        )


def _main_port(
    name: str, service: Service, port: int, catalogue: Catalogue, settings: Settings
) -> InboundRule:
    accounts, controller = _callers(name, None, catalogue), None
    if name == catalogue.gateway:
        controller = settings.gateway.controller
        if load.plan(catalogue, settings):
            accounts.append(names.LOAD_GENERATOR)
    callers = _identities(accounts, settings) + ((controller,) if controller else ())
    probed = [probe.http for probe in (service.probe, service.liveness) if probe.http]
    return InboundRule(
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
    """The names that label a workload's pods: its own, and with Flagger also its primary's."""
    canary = settings.canaries.get(name)
    return (name, names.primary(name)) if canary and canary.is_automated else (name,)


def _callers(callee: str, port: str | None, catalogue: Catalogue) -> list[str]:
    """The services that call this port; ``None`` is the main port."""
    return [
        caller
        for caller, service in catalogue.services.items()
        if any(call.service == callee and call.port == port for call in service.calls)
    ]


def _scrapers(port: ExtraPort, linkerd: Linkerd) -> tuple[MeshIdentity, ...]:
    """The Prometheus that reads the service's own metrics. Viz's reads those of proxies alone."""
    return (linkerd.scraper,) if port.scraped and linkerd.scraper is not None else ()


def _clients(name: str, store: Store, catalogue: Catalogue, settings: Settings) -> list[str]:
    clients = catalogue.callers(name)
    if store.backup is not None:
        clients.append(names.backup(name))
    override = settings.stores.get(name)
    if override is not None and override.operator is not None:
        clients.append(name)  # instances of the operator's cluster replicate from each other
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
            # The stack may not run every caller that the route names.
            else tuple(c for c in _identities(route.callers, settings) if c in callers),
        )
        for route in service.routes
    )


def _identities(accounts: Sequence[str], settings: Settings) -> tuple[MeshIdentity, ...]:
    return tuple(_identity(account, settings.namespace) for account in accounts)


def _identity(account: str, namespace: str) -> MeshIdentity:
    return MeshIdentity.model_validate({"serviceAccount": account, "namespace": namespace})


def solves_challenges(settings: Settings) -> bool:
    """Whether cert-manager's pods may have to answer challenges in the services' namespace."""
    tls = settings.gateway.tls
    return tls is not None and tls.issuer is not None


def scraper(linkerd: Linkerd) -> MeshIdentity | None:
    """The Prometheus that may read the proxies' metrics; ``None`` if there is none."""
    if linkerd.scraper is not None:
        return linkerd.scraper
    viz_has_it = linkerd.viz != "off" and linkerd.prometheus_url is None
    return _identity("prometheus", namespaces.VIZ) if viz_has_it else None

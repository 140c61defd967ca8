"""Which packets the network lets through: the call graph once more. Nothing here knows Pulumi.

A NetworkPolicy knows addresses and labels, not identities, and is carried out by the cluster's CNI
plugin: the second wall, for what gets past the proxies.
Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from components.config.catalogue.model import Catalogue, host_and_port
from components.config.stack.gateway import EVERYWHERE, MeshIdentity
from components.config.stack.settings import Linkerd, Settings
from components.linkerd import namespaces
from components.plan import access
from components.plan.access import Door

Transport: TypeAlias = Literal["TCP", "UDP"]

INBOUND_PROXY = 4143
"""The port on which proxies take opaque and multiplexed connections of other proxies."""
ADMIN, TAP = 4191, 4190
CONTROL_PLANE = (8080, 8086, 8090)
"""The ports of identity, destination and policy (linkerd2, charts/linkerd-control-plane)."""
COLLECTOR = (4317, 55678)
"""OTLP, and OpenCensus for releases before 2.18."""
DNS = 53
NODE_LOCAL_DNS = "169.254.20.10/32"
"""NodeLocal DNSCache: https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/"""
OPERATOR_STATUS = 8000
"""The port on which CloudNativePG's operator reads an instance's state, over TLS of its own.

Source: cloudnative-pg, pkg/management/url/url.go
"""
API_SERVER = (443, 6443)


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One of: pods of this namespace by their names, all pods of other namespaces, a network."""

    pods: tuple[str, ...] = ()
    namespace: str | None = None
    cidr: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Ports that are open to, or towards, the peers: to everybody without peers.

    Every port is open without ``ports``.
    """

    peers: tuple[Peer, ...] = ()
    ports: tuple[int, ...] = ()
    transports: tuple[Transport, ...] = ("TCP",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """One NetworkPolicy: for pods by their names, or all of the namespace without names."""

    name: str
    pods: tuple[str, ...] = ()
    ingress: tuple[Passage, ...] = ()
    egress: tuple[Passage, ...] = ()


def walls(catalogue: Catalogue, settings: Settings) -> Sequence[Wall]:
    """Every policy of the namespace, the one that refuses all the rest last."""
    doors = list(access.doors(catalogue, settings))
    return (
        _mesh(settings.linkerd),
        *_callees(doors, catalogue, settings),
        *_callers(doors, catalogue, settings),
        *_operated(settings),
        Wall(name="default-deny"),
    )


def _mesh(linkerd: Linkerd) -> Wall:
    """What every pod's proxy needs: names, the control plane, the collector; and who watches it."""
    dns = (Peer(namespace=namespaces.KUBE_SYSTEM), Peer(cidr=NODE_LOCAL_DNS))
    egress = [
        Passage(peers=dns, ports=(DNS,), transports=("UDP", "TCP")),
        Passage(
            peers=(Peer(namespace=namespaces.CONTROL_PLANE),), ports=(*CONTROL_PLANE, INBOUND_PROXY)
        ),
    ]
    if (collector := _collector_namespace(linkerd)) is not None:
        peers = (Peer(namespace=collector),)
        egress.append(Passage(peers=peers, ports=(*COLLECTOR, INBOUND_PROXY)))
    ingress = []
    if linkerd.viz != "off":
        ingress.append(Passage(peers=(Peer(namespace=namespaces.VIZ),), ports=(TAP, ADMIN)))
    if linkerd.scraper is not None:
        ingress.append(Passage(peers=(Peer(namespace=linkerd.scraper.namespace),), ports=(ADMIN,)))
    return Wall(name="mesh", ingress=tuple(ingress), egress=tuple(egress))


def _collector_namespace(linkerd: Linkerd) -> str | None:
    if linkerd.tracing == "off":
        return None
    if linkerd.collector is not None:
        return linkerd.collector.namespace
    has_extension = linkerd.chosen.has_jaeger_extension
    return namespaces.JAEGER_EXTENSION if has_extension else namespaces.JAEGER


def _callees(doors: Iterable[Door], catalogue: Catalogue, settings: Settings) -> Iterator[Wall]:
    """Each workload lets its callers' pods in."""
    passages: dict[str, list[Passage]] = {}
    for door in doors:
        found = passages.setdefault(door.owner, [])
        peers = tuple(_peer(caller, settings) for caller in door.callers)
        if peers:
            found.append(Passage(peers=peers, ports=(door.port, INBOUND_PROXY)))
        if door.owner == catalogue.gateway == door.name and settings.gateway.open_to:
            found.append(Passage(peers=_clients(settings), ports=(door.port,)))
    for owner, found in passages.items():
        if found:
            yield Wall(
                name=f"{owner}-callers", pods=access.pods(owner, settings), ingress=tuple(found)
            )


def _peer(caller: MeshIdentity, settings: Settings) -> Peer:
    if caller.namespace != settings.namespace:
        return Peer(namespace=caller.namespace)
    return Peer(pods=access.pods(caller.service_account, settings))


def _clients(settings: Settings) -> tuple[Peer, ...]:
    """The networks of the gateway's clients; none, so everybody, where they are not limited."""
    networks = settings.gateway.open_to
    return () if set(EVERYWHERE) <= set(networks) else tuple(Peer(cidr=c) for c in networks)


def _callers(doors: Iterable[Door], catalogue: Catalogue, settings: Settings) -> Iterator[Wall]:
    """Each workload gets out to those that it calls."""
    passages: dict[str, list[Passage]] = {}
    for door in doors:
        peer = Peer(pods=door.pods)
        for caller in door.callers:
            if caller.namespace == settings.namespace:
                found = passages.setdefault(caller.service_account, [])
                found.append(Passage(peers=(peer,), ports=(door.port, INBOUND_PROXY)))
    for name, service in catalogue.services.items():
        for callee in service.callees:
            if callee not in catalogue.services and callee not in catalogue.stores:
                found = passages.setdefault(name, [])
                found.append(Passage(ports=_outside_ports(callee, catalogue, settings)))
    for name, found in passages.items():
        pods = access.pods(name, settings)
        yield Wall(name=f"{name}-calls", pods=pods, egress=tuple(dict.fromkeys(found)))


def _outside_ports(callee: str, catalogue: Catalogue, settings: Settings) -> tuple[int, ...]:
    """The port of what is not run here: all of them where only a secret knows it.

    A NetworkPolicy knows no host names: which hosts, ``linkerd.egress: limited`` decides.
    """
    endpoint = settings.endpoints.get(callee)
    if endpoint is not None:
        return () if endpoint.port is None else (endpoint.port,)
    address = host_and_port(catalogue.external[callee].url)
    return (int(address.rpartition(":")[2]),)


def _operated(settings: Settings) -> Iterator[Wall]:
    """Instances of CloudNativePG report to the API server, and its operator asks them.

    Source: https://cloudnative-pg.io/docs/ (security, exposed ports)
    """
    for name, override in settings.stores.items():
        if override.operator is not None:
            yield Wall(
                name=f"{name}-operator",
                pods=(name,),
                ingress=(Passage(ports=(OPERATOR_STATUS,)),),
                egress=(Passage(ports=API_SERVER),),
            )

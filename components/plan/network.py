"""The NetworkPolicies of the namespace, derived from the catalogue's calls.

A NetworkPolicy knows addresses and labels, not identities. The cluster's CNI plugin enforces it, so
it also stops traffic that bypasses the proxies.
Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from components import names
from components.config.catalogue.model import Catalogue, host_and_port
from components.config.stack.gateway import EVERYWHERE, MeshIdentity
from components.config.stack.settings import Linkerd, Settings
from components.linkerd import namespaces
from components.plan import access
from components.plan.access import InboundRule

Transport: TypeAlias = Literal["TCP", "UDP"]

INBOUND_PROXY = 4143
"""The proxy's port for opaque and multiplexed connections from other proxies."""
ADMIN = 4191
"""The proxy's admin port, with its metrics."""
TAP = 4190
"""The proxy's tap port.

Source of the three: https://linkerd.io/2-edge/reference/proxy-configuration/
"""
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
"""The API server: its Service's port, and the port that it listens on by default.

A CNI plugin may apply a NetworkPolicy before or after the Service's address is translated. Sources:
https://kubernetes.io/docs/reference/networking/ports-and-protocols/,
https://kubernetes.io/docs/concepts/services-networking/network-policies/#what-you-can-t-do-with-network-policies-at-least-not-yet
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """One of: pods of this namespace by their names, all pods of another namespace, a network."""

    pods: tuple[str, ...] = ()
    namespace: str | None = None
    cidr: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkRule:
    """Peers and ports that traffic may come from or go to. Empty means all peers or all ports."""

    peers: tuple[Peer, ...] = ()
    ports: tuple[int, ...] = ()
    transports: tuple[Transport, ...] = ("TCP",)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPolicy:
    """One NetworkPolicy for the pods with these names or these labels; without both, for all."""

    name: str
    pods: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    ingress: tuple[NetworkRule, ...] = ()
    egress: tuple[NetworkRule, ...] = ()


def network_policies(catalogue: Catalogue, settings: Settings) -> Sequence[NetworkPolicy]:
    """All policies of the namespace. The last one denies what the others do not allow."""
    rules = list(access.inbound_rules(catalogue, settings))
    return (
        _mesh(settings.linkerd),
        *_callees(rules, catalogue, settings),
        *_callers(rules, catalogue, settings),
        *_operated(settings),
        *_challenged(settings),
        NetworkPolicy(name="default-deny"),
    )


def _mesh(linkerd: Linkerd) -> NetworkPolicy:
    """What every proxy needs: DNS, the control plane, the collector, and scrapes."""
    dns = (Peer(namespace=namespaces.KUBE_SYSTEM), Peer(cidr=NODE_LOCAL_DNS))
    control_plane = Peer(namespace=namespaces.CONTROL_PLANE)
    egress = [
        NetworkRule(peers=dns, ports=(DNS,), transports=("UDP", "TCP")),
        NetworkRule(peers=(control_plane,), ports=(*CONTROL_PLANE, INBOUND_PROXY)),
    ]
    if (collector := _collector_namespace(linkerd)) is not None:
        peers = (Peer(namespace=collector),)
        egress.append(NetworkRule(peers=peers, ports=(*COLLECTOR, INBOUND_PROXY)))
    ingress = []
    if linkerd.viz != "off":
        ingress.append(NetworkRule(peers=(Peer(namespace=namespaces.VIZ),), ports=(TAP, ADMIN)))
    if linkerd.scraper is not None:
        ingress.append(
            NetworkRule(peers=(Peer(namespace=linkerd.scraper.namespace),), ports=(ADMIN,))
        )
    return NetworkPolicy(name="mesh", ingress=tuple(ingress), egress=tuple(egress))


def _collector_namespace(linkerd: Linkerd) -> str | None:
    if linkerd.tracing == "off":
        return None
    if linkerd.collector is not None:
        return linkerd.collector.namespace
    has_extension = linkerd.chosen.has_jaeger_extension
    return namespaces.JAEGER_EXTENSION if has_extension else namespaces.JAEGER


def _callees(
    rules: Iterable[InboundRule], catalogue: Catalogue, settings: Settings
) -> Iterator[NetworkPolicy]:
    """Each workload accepts connections from its callers' pods."""
    allowed: dict[str, list[NetworkRule]] = {}
    for rule in rules:
        found = allowed.setdefault(rule.owner, [])
        peers = tuple(_peer(caller, settings) for caller in rule.callers)
        if peers:
            found.append(NetworkRule(peers=peers, ports=(rule.port, INBOUND_PROXY)))
        if rule.owner == catalogue.gateway == rule.name and settings.gateway.open_to:
            found.append(NetworkRule(peers=_clients(settings), ports=(rule.port,)))
    for owner, found in allowed.items():
        if found:
            yield NetworkPolicy(
                name=names.callers(owner), pods=access.pods(owner, settings), ingress=tuple(found)
            )


def _peer(caller: MeshIdentity, settings: Settings) -> Peer:
    if caller.namespace != settings.namespace:
        return Peer(namespace=caller.namespace)
    return Peer(pods=access.pods(caller.service_account, settings))


def _clients(settings: Settings) -> tuple[Peer, ...]:
    """The networks of the gateway's clients. Empty means that every client may connect."""
    networks = settings.gateway.open_to
    return () if set(EVERYWHERE) <= set(networks) else tuple(Peer(cidr=c) for c in networks)


def _callers(
    rules: Iterable[InboundRule], catalogue: Catalogue, settings: Settings
) -> Iterator[NetworkPolicy]:
    """Each workload may connect to the workloads that it calls."""
    allowed: dict[str, list[NetworkRule]] = {}
    for rule in rules:
        peer = Peer(pods=rule.pods)
        for caller in rule.callers:
            if caller.namespace == settings.namespace:
                found = allowed.setdefault(caller.service_account, [])
                found.append(NetworkRule(peers=(peer,), ports=(rule.port, INBOUND_PROXY)))
    for name, service in catalogue.services.items():
        for callee in service.callees:
            if callee not in catalogue.services and callee not in catalogue.stores:
                found = allowed.setdefault(name, [])
                found.append(NetworkRule(ports=_outside_ports(callee, catalogue, settings)))
    for name, found in allowed.items():
        pods = access.pods(name, settings)
        yield NetworkPolicy(name=names.calls(name), pods=pods, egress=tuple(dict.fromkeys(found)))


def _outside_ports(callee: str, catalogue: Catalogue, settings: Settings) -> tuple[int, ...]:
    """The port of a callee outside the cluster. Empty, so all ports, if only a secret contains it.

    A NetworkPolicy cannot match host names; ``linkerd.egress: limited`` limits the hosts.
    """
    endpoint = settings.endpoints.get(callee)
    if endpoint is not None:
        return () if endpoint.port is None else (endpoint.port,)
    address = host_and_port(catalogue.external[callee].url)
    return (int(address.rpartition(":")[2]),)


def _challenged(settings: Settings) -> Iterator[NetworkPolicy]:
    """The controller in front of the gateway reaches cert-manager's answer to an ACME challenge."""
    if not access.solves_challenges(settings):
        return
    controller = settings.gateway.controller
    rule = (
        NetworkRule(peers=_clients(settings), ports=(access.SOLVER,))
        if controller is None
        else NetworkRule(
            peers=(Peer(namespace=controller.namespace),), ports=(access.SOLVER, INBOUND_PROXY)
        )
    )
    yield NetworkPolicy(
        name="acme-solver", labels=tuple(access.SOLVER_LABELS.items()), ingress=(rule,)
    )


def _operated(settings: Settings) -> Iterator[NetworkPolicy]:
    """CloudNativePG's instances call the API server, and its operator calls the instances.

    Source: https://cloudnative-pg.io/docs/ (security, exposed ports)
    """
    for name, override in settings.stores.items():
        if override.operator is not None:
            yield NetworkPolicy(
                name=names.operator(name),
                pods=(name,),
                ingress=(NetworkRule(ports=(OPERATOR_STATUS,)),),
                egress=(NetworkRule(ports=API_SERVER),),
            )

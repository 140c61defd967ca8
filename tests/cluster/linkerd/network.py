"""Whether the NetworkPolicies in a cluster let a packet from one pod through to another.

Written from https://kubernetes.io/docs/concepts/services-networking/network-policies/, and knows
nothing of the program. Traffic from a pod's own node, such as a probe, always passes.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Manifest = Mapping[str, Any]


@dataclass(frozen=True)
class End:
    """One end of a connection: a pod with its namespace and labels, or just an address."""

    address: str
    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """The policies, and the labels of each namespace."""

    policies: Sequence[Manifest] = field(repr=False)
    namespaces: Mapping[str, Mapping[str, str]] = field(repr=False)

    def allows(self, source: End, target: End, port: int, protocol: str = "TCP") -> bool:
        """Both ends have to let it pass: the source's egress and the target's ingress."""
        out = self._passes("Egress", source, target, port, protocol)
        return out and self._passes("Ingress", target, source, port, protocol)

    def _passes(self, way: str, own: End, other: End, port: int, protocol: str) -> bool:
        selecting = [
            policy
            for policy in self.policies
            if policy["metadata"]["namespace"] == own.namespace
            and way in policy["spec"]["policyTypes"]
            and _selects(policy["spec"]["podSelector"], own.labels)
        ]
        if not selecting:
            return True
        rules, peers = ("egress", "to") if way == "Egress" else ("ingress", "from")
        return any(
            _port(rule.get("ports"), port, protocol)
            and self._peer(rule.get(peers), own.namespace, other)
            for policy in selecting
            for rule in policy["spec"].get(rules) or ()
        )

    def _peer(self, peers: Sequence[Manifest] | None, namespace: str | None, other: End) -> bool:
        return not peers or any(self._is(peer, namespace, other) for peer in peers)

    def _is(self, peer: Manifest, namespace: str | None, other: End) -> bool:
        if "ipBlock" in peer:
            block = peer["ipBlock"]
            return _inside(other.address, block["cidr"]) and not any(
                _inside(other.address, part) for part in block.get("except") or ()
            )
        if other.namespace is None:
            return False
        if "namespaceSelector" in peer:
            near = _selects(peer["namespaceSelector"], self.namespaces[other.namespace])
        else:
            near = other.namespace == namespace
        return near and _selects(peer.get("podSelector") or {}, other.labels)


def _inside(address: str, network: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network)


def _port(ports: Sequence[Manifest] | None, port: int, protocol: str) -> bool:
    return not ports or any(
        entry.get("protocol", "TCP") == protocol and entry.get("port", port) == port
        for entry in ports
    )


def _selects(selector: Manifest, labels: Mapping[str, str]) -> bool:
    exact = selector.get("matchLabels") or {}
    return exact.items() <= labels.items() and all(
        _fits(expression, labels) for expression in selector.get("matchExpressions") or ()
    )


def _fits(expression: Manifest, labels: Mapping[str, str]) -> bool:
    assert expression["operator"] == "In", expression
    return labels.get(expression["key"]) in expression["values"]

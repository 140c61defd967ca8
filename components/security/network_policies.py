"""NetworkPolicies: the call graph as the network enforces it, beside the mesh's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.networking import v1

from components.plan.network import Passage, Peer, Wall
from components.resources.labels import labels

_NAME = "app.kubernetes.io/name"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPoliciesArgs:
    """The namespace and its policies; the last one refuses what the others don't allow."""

    namespace: str
    walls: Sequence[Wall]


class NetworkPolicies(pulumi.ComponentResource):
    """Writes the policies; pods are cut off by the last one only when the rest are there."""

    def __init__(
        self, name: str, args: NetworkPoliciesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the policies of the namespace called ``name``."""
        super().__init__("platform:security:NetworkPolicies", name, None, opts)
        *allowing, refusing = args.walls
        before = [self._policy(wall, args.namespace) for wall in allowing]
        self._policy(refusing, args.namespace, before)
        self.register_outputs({})

    def _policy(
        self, wall: Wall, namespace: str, after: Sequence[pulumi.Resource] = ()
    ) -> pulumi.Resource:
        return v1.NetworkPolicy(
            wall.name,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=wall.name, namespace=namespace, labels=labels(wall.name)
            ),
            spec=v1.NetworkPolicySpecArgs(
                pod_selector=_selector(wall.pods),
                policy_types=_types(wall),
                ingress=[
                    v1.NetworkPolicyIngressRuleArgs(from_=_peers(p), ports=_ports(p))
                    for p in wall.ingress
                ]
                or None,
                egress=[
                    v1.NetworkPolicyEgressRuleArgs(to=_peers(p), ports=_ports(p))
                    for p in wall.egress
                ]
                or None,
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )


def _types(wall: Wall) -> list[str]:
    """What the policy rules: all directions, where it allows nothing in any."""
    if not wall.ingress and not wall.egress:
        return ["Ingress", "Egress"]
    return [*(["Ingress"] if wall.ingress else []), *(["Egress"] if wall.egress else [])]


def _selector(pods: Sequence[str]) -> k8s.meta.v1.LabelSelectorArgs:
    if not pods:
        return k8s.meta.v1.LabelSelectorArgs()
    wanted = k8s.meta.v1.LabelSelectorRequirementArgs(key=_NAME, operator="In", values=list(pods))
    return k8s.meta.v1.LabelSelectorArgs(match_expressions=[wanted])


def _peers(passage: Passage) -> list[v1.NetworkPolicyPeerArgs] | None:
    return [_peer(peer) for peer in passage.peers] or None


def _peer(peer: Peer) -> v1.NetworkPolicyPeerArgs:
    if peer.cidr is not None:
        return v1.NetworkPolicyPeerArgs(ip_block=v1.IPBlockArgs(cidr=peer.cidr))
    if peer.namespace is not None:
        own = {"kubernetes.io/metadata.name": peer.namespace}
        return v1.NetworkPolicyPeerArgs(
            namespace_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=own)
        )
    return v1.NetworkPolicyPeerArgs(pod_selector=_selector(peer.pods))


def _ports(passage: Passage) -> list[v1.NetworkPolicyPortArgs] | None:
    return [
        v1.NetworkPolicyPortArgs(port=port, protocol=transport)
        for transport in passage.transports
        for port in passage.ports
    ] or None

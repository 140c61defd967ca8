"""Kubernetes NetworkPolicies for the catalogue's calls, in addition to Linkerd's policies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
from pulumi_kubernetes.networking import v1

from components.plan.network import NetworkPolicy, NetworkRule, Peer
from components.resources.labels import selector_of_any
from components.resources.objects import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPoliciesArgs:
    """The namespace and its policies. The last one denies what the others do not allow."""

    context: Context
    policies: Sequence[NetworkPolicy]


class NetworkPolicies(pulumi.ComponentResource):
    """Writes the policies. The last one, which denies, is created after all others."""

    def __init__(
        self, name: str, args: NetworkPoliciesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the policies of the namespace called ``name``."""
        super().__init__("platform:security:NetworkPolicies", name, None, opts)
        self._context = args.context
        *allowing, denying = args.policies
        self._policy(denying, [self._policy(policy) for policy in allowing])
        self.register_outputs({})

    def _policy(
        self, policy: NetworkPolicy, depends_on: Sequence[pulumi.Resource] = ()
    ) -> pulumi.Resource:
        return v1.NetworkPolicy(
            policy.name,
            metadata=self._context.metadata(policy.name),
            spec=v1.NetworkPolicySpecArgs(
                pod_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=dict(policy.labels))
                if policy.labels
                else _selector(policy.pods),
                policy_types=_types(policy),
                ingress=[
                    v1.NetworkPolicyIngressRuleArgs(from_=_peers(rule), ports=_ports(rule))
                    for rule in policy.ingress
                ]
                or None,
                egress=[
                    v1.NetworkPolicyEgressRuleArgs(to=_peers(rule), ports=_ports(rule))
                    for rule in policy.egress
                ]
                or None,
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(depends_on)),
        )


def _types(policy: NetworkPolicy) -> list[str]:
    """The directions that the policy covers. A policy that allows nothing covers both."""
    if not policy.ingress and not policy.egress:
        return ["Ingress", "Egress"]
    return [*(["Ingress"] if policy.ingress else []), *(["Egress"] if policy.egress else [])]


def _selector(pods: Sequence[str]) -> k8s.meta.v1.LabelSelectorArgs:
    if not pods:
        return k8s.meta.v1.LabelSelectorArgs()
    requirement = k8s.meta.v1.LabelSelectorRequirementArgs(**selector_of_any(pods))
    return k8s.meta.v1.LabelSelectorArgs(match_expressions=[requirement])


def _peers(rule: NetworkRule) -> list[v1.NetworkPolicyPeerArgs] | None:
    return [_peer(peer) for peer in rule.peers] or None


def _peer(peer: Peer) -> v1.NetworkPolicyPeerArgs:
    if peer.cidr is not None:
        return v1.NetworkPolicyPeerArgs(ip_block=v1.IPBlockArgs(cidr=peer.cidr))
    if peer.namespace is not None:
        name = {"kubernetes.io/metadata.name": peer.namespace}
        return v1.NetworkPolicyPeerArgs(
            namespace_selector=k8s.meta.v1.LabelSelectorArgs(match_labels=name)
        )
    return v1.NetworkPolicyPeerArgs(pod_selector=_selector(peer.pods))


def _ports(rule: NetworkRule) -> list[v1.NetworkPolicyPortArgs] | None:
    return [
        v1.NetworkPolicyPortArgs(port=port, protocol=transport)
        for transport in rule.transports
        for port in rule.ports
    ] or None

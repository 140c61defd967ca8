"""Rules about the shape of a cluster: its DNS domain, its networks, its CNI plugin, its Secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

from components.cluster.facts import ClusterContext
from components.config.problems import one_of
from components.findings import Finding

DEFAULT_NETWORKS = (
    *("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"),
    "fd00::/8",
)
"""The value ``clusterNetworks`` of the chart linkerd-control-plane; the last is of later releases.

Source: https://linkerd.io/2-edge/tasks/install-helm/, and the chart's values.yaml
"""
_ZONES = re.compile(r"^\s*kubernetes\s+([a-z0-9.-]+)", re.MULTILINE)
_Network: TypeAlias = IPv4Network | IPv6Network


def domain_of(corefile: str) -> str | None:
    """The cluster's domain in CoreDNS's configuration, ``None`` where it does not say one.

    Source: https://coredns.io/plugins/kubernetes/
    """
    found = _ZONES.search(corefile)
    return found[1].rstrip(".") if found and "." in found[1] else None


def domain_is_the_clusters(context: ClusterContext) -> Iterator[Finding]:
    """The domain of the settings is that of the cluster's DNS."""
    domain, told = context.facts.domain, context.linkerd.cluster_domain
    if domain is not None and domain != told:
        yield Finding(
            path="linkerd.clusterDomain",
            found=f'"{told}", and the cluster\'s DNS serves "{domain}"',
            allowed=f'"{domain}"',
            fix="Set it to the cluster's domain: Linkerd finds profiles by the full names of "
            "Services.",
        )


def networks_are_the_clusters(context: ClusterContext) -> Iterator[Finding]:
    """The cluster's pods and Services are in the networks that the mesh takes for the cluster's.

    Source: https://linkerd.io/2-edge/tasks/troubleshooting/#l5d-cluster-networks-pods
    """
    told = context.linkerd.cluster_networks
    known = [ip_network(one, strict=False) for one in told or DEFAULT_NETWORKS]
    outside = [one for one in context.facts.networks if not _fits(ip_network(one), known)]
    if outside:
        yield Finding(
            path="linkerd.clusterNetworks",
            found=f"{'these' if told else 'the default'}, and the cluster uses {one_of(outside)}",
            allowed="networks that hold the addresses of all pods, Services and nodes",
            fix="List them all: proxies apply no profile, split or route outside of them.",
        )


def _fits(network: _Network, known: Sequence[_Network]) -> bool:
    # Loopback addresses are those of a cluster without a network, such as the local one.
    if network.is_loopback:
        return True
    if isinstance(network, IPv4Network):
        return any(isinstance(one, IPv4Network) and network.subnet_of(one) for one in known)
    return any(isinstance(one, IPv6Network) and network.subnet_of(one) for one in known)


def cni_plugin_is_there(context: ClusterContext) -> Iterator[Finding]:
    """Pods that have no init container find the CNI plugin in its place."""
    if context.linkerd.cni and context.facts.cni is False:
        yield Finding(
            path="linkerd.cni",
            found="true, and the cluster has no DaemonSet `linkerd-cni`",
            allowed="true on a cluster with Linkerd's CNI plugin",
            fix="Install the chart linkerd2-cni first, or delete the key: "
            "https://linkerd.io/2-edge/features/cni/",
        )

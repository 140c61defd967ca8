"""Refuses the wrong cluster, and a Linkerd that is older than the deployed one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from components.cluster.facts import ClusterContext, Facts
from components.cluster.ownership import STACK
from components.config.stack.settings import Linkerd
from components.findings import Finding
from components.linkerd.high_availability import NODES
from components.linkerd.releases import RELEASES, Release

_CREATED_BY = "linkerd.io/created-by"
_Numbers: TypeAlias = tuple[int, ...]


def cluster_is_the_configs(context: ClusterContext) -> Iterator[Finding]:
    """The cluster has the uid of the config, where there is one."""
    wanted, facts = context.settings.cluster.uid, context.facts
    if wanted is not None and wanted != facts.uid:
        yield Finding(
            path="cluster.uid",
            found=f"the cluster {facts.uid} at {facts.server}",
            allowed=f"the cluster {wanted}",
            fix="Choose that one with `cluster.context`, `cluster.kubeconfig` or $KUBECONFIG; or "
            "correct `cluster.uid`, if this stack is to be deployed to the one found.",
        )


def cluster_is_the_stacks(context: ClusterContext) -> Iterator[Finding]:
    """No other stack is deployed to the cluster."""
    facts, stack = context.facts, context.stack
    if stack is not None and facts.stack not in ("", stack):
        yield Finding(
            path="cluster.context" if context.settings.cluster.context else "cluster",
            found=f'the cluster at {facts.server}, which is of the stack "{facts.stack}"',
            allowed=f'a cluster of the stack "{stack}", or of none',
            fix="Choose another context or kubeconfig. If the cluster has changed hands: "
            f"`kubectl annotate --overwrite namespace linkerd {STACK}={stack}`, and the other "
            "namespaces of that stack.",
        )


def release_is_no_downgrade(context: ClusterContext) -> Iterator[Finding]:
    """The release is not older than the deployed one, unless the settings allow that."""
    linkerd, deployed = context.linkerd, deployed_version(context.facts)
    if deployed and not linkerd.allow_downgrade and is_older(linkerd.chosen.version, deployed):
        yield Finding(
            path="linkerd.release",
            found=f'"{linkerd.release}" ({linkerd.chosen.version}), with {deployed} in the cluster',
            allowed=f"{deployed} or later",
            fix="Set the release that is deployed, or a later one; `linkerd.allowDowngrade: true` "
            "goes back all the same.",
        )


def warnings(linkerd: Linkerd, facts: Facts | None) -> Iterator[str]:
    """A warning of an upgrade that skips releases, which Linkerd does not support.

    Source: https://linkerd.io/2-edge/tasks/upgrade/#upgrade-paths
    """
    deployed = deployed_version(facts) if facts else None
    between = [r.name for r in _between(deployed, linkerd.chosen)] if deployed else []
    if between:
        yield (
            f"The upgrade from {deployed} to {linkerd.chosen.version} skips {', '.join(between)}. "
            "Linkerd supports no upgrade that skips major versions: docs/mesh.md has the steps."
        )


def _between(deployed: str, chosen: Release) -> Iterator[Release]:
    for release in RELEASES.values():
        if is_older(deployed, release.version) and is_older(release.version, chosen.version):
            yield release


def deployed_version(facts: Facts) -> str | None:
    """The version of the cluster's control plane: ``edge-26.6.3``; ``None`` without one."""
    return facts.identity.get(_CREATED_BY, "").rpartition(" ")[2] or None


def is_release_deployed(context: ClusterContext) -> bool:
    """Whether the cluster runs the release of the settings already."""
    return deployed_version(context.facts) == context.linkerd.chosen.version


def is_high_availability_deployed(context: ClusterContext) -> bool:
    """Whether the cluster's control plane is highly available already, by its replicas."""
    return context.facts.replicas >= NODES


def are_crds_in_use(context: ClusterContext) -> bool:
    """Whether the release of the settings runs on the Gateway API's CRDs of the cluster."""
    return context.facts.gateway_api is not None and is_release_deployed(context)


def is_older(one: str, other: str) -> bool:
    """Whether the first Linkerd version is known to be the older one.

    Two versions in the table of releases compare by their place there, others by their numbers. A
    stable and an edge version cannot be compared, unless the table has both.
    """
    table = [release.version for release in RELEASES.values()]
    if one in table and other in table:
        return table.index(one) < table.index(other)
    (channel, numbers), (other_channel, other_numbers) = _parts(one), _parts(other)
    return channel == other_channel and numbers < other_numbers


def _parts(version: str) -> tuple[str, _Numbers]:
    channel, _, numbers = version.partition("-")
    return channel, tuple(int(n) for n in numbers.split(".") if n.isdigit())

"""Refuses the wrong cluster, and a Linkerd that is older than the deployed one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from components.cluster.facts import Facts
from components.config.problems import Problem
from components.config.stack.settings import Cluster, Linkerd
from components.linkerd.releases import RELEASES, Release

STACK = "linkerd-platform.dev/stack"
"""The annotation of the namespace ``linkerd`` that says which stack the cluster is of."""
_CREATED_BY = "linkerd.io/created-by"
_Numbers: TypeAlias = tuple[int, ...]


def problems(
    file: str, cluster: Cluster, linkerd: Linkerd, facts: Facts, stack: str | None
) -> Iterator[Problem]:
    """Every reason to leave the cluster alone.

    ``file`` is the stack's config file; ``stack`` is ``project/stack``, ``None`` where the cluster
    is nobody's in particular.
    """
    yield from _identity(file, cluster, facts)
    if stack is not None:
        yield from _stack(file, cluster, facts, stack)
    yield from _downgrade(file, linkerd, facts)


def _identity(file: str, cluster: Cluster, facts: Facts) -> Iterator[Problem]:
    if cluster.uid is not None and cluster.uid != facts.uid:
        yield Problem(
            file=file,
            path="cluster.uid",
            found=f"the cluster {facts.uid} at {facts.server}",
            allowed=f"the cluster {cluster.uid}",
            fix="Choose that one with `cluster.context`, `cluster.kubeconfig` or $KUBECONFIG; or "
            "correct `cluster.uid`, if this stack is to be deployed to the one found.",
        )


def _stack(file: str, cluster: Cluster, facts: Facts, stack: str) -> Iterator[Problem]:
    if facts.stack not in ("", stack):
        yield Problem(
            file=file,
            path="cluster.context" if cluster.context else "cluster",
            found=f'the cluster at {facts.server}, which is of the stack "{facts.stack}"',
            allowed=f'a cluster of the stack "{stack}", or of none',
            fix="Choose another context or kubeconfig. If the cluster has changed hands: "
            f"`kubectl annotate namespace linkerd {STACK}-` makes it nobody's.",
        )


def _downgrade(file: str, linkerd: Linkerd, facts: Facts) -> Iterator[Problem]:
    deployed = deployed_version(facts)
    if deployed and not linkerd.allow_downgrade and is_older(linkerd.chosen.version, deployed):
        yield Problem(
            file=file,
            path="linkerd.release",
            found=f'"{linkerd.release}" ({linkerd.chosen.version}), with {deployed} in the cluster',
            allowed=f"{deployed} or later",
            fix="Set the release that is deployed, or a later one; `linkerd.allowDowngrade: true` "
            "goes back all the same.",
        )


def warnings(linkerd: Linkerd, facts: Facts | None) -> Iterator[str]:
    """What Linkerd does not support and may yet be meant.

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


def is_older(one: str, other: str) -> bool:
    """Whether the first Linkerd version is known to be the older one.

    Versions of the table have its order, others that of their numbers. A stable one and an edge
    cannot be compared, unless the table has both.
    """
    table = [release.version for release in RELEASES.values()]
    if one in table and other in table:
        return table.index(one) < table.index(other)
    (channel, numbers), (other_channel, other_numbers) = _parts(one), _parts(other)
    return channel == other_channel and numbers < other_numbers


def _parts(version: str) -> tuple[str, _Numbers]:
    channel, _, numbers = version.partition("-")
    return channel, tuple(int(n) for n in numbers.split(".") if n.isdigit())

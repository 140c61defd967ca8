"""What a cluster must be for the mesh that a stack asks for."""

from __future__ import annotations

from collections.abc import Iterator

from components.cluster.facts import Facts, GatewayCrds
from components.config.problems import Problem
from components.config.stack.settings import Linkerd
from components.linkerd.high_availability import NODES
from components.linkerd.releases import Feature, spelled

NATIVE_SIDECARS = (1, 29)
"""The first Kubernetes that has native sidecars switched on.

Source: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
"""
_BUNDLE_OWNER = "helm:linkerd-crds"


def problems(file: str, linkerd: Linkerd, facts: Facts) -> Iterator[Problem]:
    """Everything that the cluster lacks or has too much of; ``file`` is the stack's config."""
    yield from _version(file, linkerd, facts)
    yield from _nodes(file, linkerd, facts)
    if linkerd.gateway_api == "install":
        yield from _owner(file, linkerd, facts.gateway_api)
    elif linkerd.gateway_api == "external":
        yield from _external(file, linkerd, facts.gateway_api)


def _version(file: str, linkerd: Linkerd, facts: Facts) -> Iterator[Problem]:
    low, high = linkerd.chosen.kubernetes
    if not low <= facts.version <= high:
        yield Problem(
            file=file,
            path="linkerd.release",
            found=f'"{linkerd.release}" on Kubernetes {_minor(facts.version)}',
            allowed=f"Kubernetes {_minor(low)} to {_minor(high)} for this release",
            fix="Choose a release that supports the cluster, or upgrade the cluster.",
        )
    able = Feature.NATIVE_SIDECAR in linkerd.chosen.features
    if linkerd.native_sidecar and able and facts.version < NATIVE_SIDECARS:
        yield Problem(
            file=file,
            path="linkerd.nativeSidecar",
            found=f"true on Kubernetes {_minor(facts.version)}",
            allowed=f"Kubernetes {_minor(NATIVE_SIDECARS)} or later",
            fix="Delete the key, or upgrade the cluster.",
        )


def _nodes(file: str, linkerd: Linkerd, facts: Facts) -> Iterator[Problem]:
    if linkerd.high_availability and facts.nodes < NODES:
        yield Problem(
            file=file,
            path="linkerd.highAvailability",
            found=f"a cluster with {facts.nodes} nodes that take pods",
            allowed=f"at least {NODES}: each replica of the control plane wants a node of its own",
            fix="Add nodes or make them ready (`kubectl get nodes`), or set it to false.",
        )


def _owner(file: str, linkerd: Linkerd, found: GatewayCrds | None) -> Iterator[Problem]:
    bundled = linkerd.chosen.gateway_api.install is None
    if found is None or found.owner == (_BUNDLE_OWNER if bundled else "pulumi"):
        return
    whose = found.owner.replace("helm:", "the Helm release ") or "somebody else"
    yield Problem(
        file=file,
        path="linkerd.gatewayApi",
        found=f'"install", with CRDs in the cluster that {whose} installed ({_spelled(found)})',
        allowed='"external" on this cluster',
        fix="Set it to external. docs/mesh.md tells how the CRDs change hands in an upgrade.",
    )


def _external(file: str, linkerd: Linkerd, found: GatewayCrds | None) -> Iterator[Problem]:
    low, high = linkerd.chosen.gateway_api.accepted
    if found is not None and (found.version is None or low <= found.version <= high):
        return
    yield Problem(
        file=file,
        path="linkerd.gatewayApi",
        found='"external", and the cluster has '
        + ("no such CRDs" if found is None else _spelled(found)),
        allowed=f"Gateway API {spelled(low)} to {spelled(high)} for release {linkerd.release}",
        fix="Install a version of that range, or set it to install where nobody owns the CRDs.",
    )


def _spelled(crds: GatewayCrds) -> str:
    return f"Gateway API {spelled(crds.version) if crds.version else 'of unknown version'}"


def _minor(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))

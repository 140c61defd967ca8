"""Rules about what a cluster must have for the settings of a stack."""

from __future__ import annotations

from collections.abc import Iterator

from components.cluster.facts import ClusterContext, GatewayCrds
from components.config.problems import one_of
from components.findings import Finding
from components.linkerd.high_availability import NODES
from components.linkerd.releases import ROUTES_OF_LIMITS, Feature, spelled

NATIVE_SIDECARS = (1, 29)
"""The first Kubernetes version that has native sidecars switched on.

Source: https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/
"""
PRE_STOP = (1, 30)
"""The first Kubernetes version that has PodLifecycleSleepAction switched on.

Source: https://kubernetes.io/docs/reference/command-line-tools-reference/feature-gates/
"""
GATES = (1, 30)
"""The first Kubernetes version that serves ValidatingAdmissionPolicy as v1."""
_BUNDLE_OWNER = "helm:linkerd-crds"


def kubernetes_suits_the_release(context: ClusterContext) -> Iterator[Finding]:
    """The Linkerd release supports the cluster's version."""
    linkerd, version = context.linkerd, context.facts.version
    low, high = linkerd.chosen.kubernetes
    if not low <= version <= high:
        yield Finding(
            path="linkerd.release",
            found=f'"{linkerd.release}" on Kubernetes {_minor(version)}',
            allowed=f"Kubernetes {_minor(low)} to {_minor(high)} for this release",
            fix="Choose a release that supports the cluster, or upgrade the cluster.",
        )


def kubernetes_has_native_sidecars(context: ClusterContext) -> Iterator[Finding]:
    """A cluster that is to run native sidecars has them."""
    linkerd, version = context.linkerd, context.facts.version
    able = Feature.NATIVE_SIDECAR in linkerd.chosen.features
    if linkerd.native_sidecar and able and version < NATIVE_SIDECARS:
        yield Finding(
            path="linkerd.nativeSidecar",
            found=f"true on Kubernetes {_minor(version)}",
            allowed=f"Kubernetes {_minor(NATIVE_SIDECARS)} or later",
            fix="Delete the key, or upgrade the cluster.",
        )


def kubernetes_can_pause_before_a_stop(context: ClusterContext) -> Iterator[Finding]:
    """A cluster whose pods are to pause before they stop has that pause."""
    seconds, version = context.settings.pods.pre_stop_seconds, context.facts.version
    if seconds and version < PRE_STOP:
        yield Finding(
            path="pods.preStopSeconds",
            found=f"{seconds} on Kubernetes {_minor(version)}",
            allowed=f"0 before Kubernetes {_minor(PRE_STOP)}, which knows the pause first",
            fix="Set it to 0: a pod's callers may then see errors while it stops.",
        )


def kubernetes_has_gates(context: ClusterContext) -> Iterator[Finding]:
    """A cluster that is to have admission gates serves their API."""
    mode, version = context.settings.admission.mode, context.facts.version
    if mode != "off" and version < GATES:
        yield Finding(
            path="admission.mode",
            found=f'"{mode}" on Kubernetes {_minor(version)}',
            allowed=f'"off" before Kubernetes {_minor(GATES)}, which serves '
            "ValidatingAdmissionPolicy first",
            fix="Set it to off: the policy pack stays the only gate.",
        )


def nodes_suffice(context: ClusterContext) -> Iterator[Finding]:
    """High availability has a node for each replica."""
    if context.linkerd.high_availability and context.facts.nodes < NODES:
        yield Finding(
            path="linkerd.highAvailability",
            found=f"a cluster with {context.facts.nodes} nodes that take pods",
            allowed=f"at least {NODES}: each replica of the control plane wants a node of its own",
            fix="Add nodes, or make them ready: `kubectl get nodes`.",
        )


def crds_are_ours(context: ClusterContext) -> Iterator[Finding]:
    """The Gateway API's CRDs are installed only where nobody else owns them."""
    linkerd, crds = context.linkerd, context.facts.gateway_api
    ours = _BUNDLE_OWNER if linkerd.chosen.gateway_api.install is None else "pulumi"
    if linkerd.gateway_api != "install" or crds is None or crds.owner == ours:
        return
    owner = crds.owner.replace("helm:", "the Helm release ") or "somebody else"
    yield Finding(
        path="linkerd.gatewayApi",
        found=f'"install", with CRDs in the cluster that {owner} installed ({_spelled(crds)})',
        allowed='"external" on this cluster',
        fix="Set it to external. docs/mesh.md says how the CRDs change hands in an upgrade.",
    )


def crds_suit_the_release(context: ClusterContext) -> Iterator[Finding]:
    """The Gateway API's CRDs of others are of a version that the release accepts."""
    linkerd, crds = context.linkerd, context.facts.gateway_api
    low, high = linkerd.chosen.gateway_api.accepted
    fits = crds is not None and (crds.version is None or low <= crds.version <= high)
    if linkerd.gateway_api == "external" and not fits:
        yield Finding(
            path="linkerd.gatewayApi",
            found='"external", and the cluster has '
            + ("no such CRDs" if crds is None else _spelled(crds)),
            allowed=f"Gateway API {spelled(low)} to {spelled(high)} for release {linkerd.release}",
            fix="Install a version of that range, or set it to install where nobody owns the CRDs.",
        )


def crds_can_limit_egress(context: ClusterContext) -> Iterator[Finding]:
    """CRDs of others have the routes that limit egress, in the version that Linkerd reads.

    TLSRoutes and TCPRoutes of that version are in the experimental channel only.
    """
    linkerd, crds = context.linkerd, context.facts.gateway_api
    if linkerd.egress == "open" or linkerd.gateway_api != "external" or crds is None:
        return
    missing = [
        f"{kind} {version}"
        for kind, version in ROUTES_OF_LIMITS.items()
        if version not in crds.served.get(kind, ())
    ]
    if missing:
        channel = f", {crds.channel} channel" if crds.channel else ""
        yield Finding(
            path="linkerd.egress",
            found=f'"limited", and the cluster serves no {one_of(missing)} '
            f"({_spelled(crds)}{channel})",
            allowed='"open" on this cluster',
            fix="Install the Gateway API's experimental channel, which has them, or set it to "
            "open: Linkerd reads the limits from these routes.",
        )


def _spelled(crds: GatewayCrds) -> str:
    return f"Gateway API {spelled(crds.version) if crds.version else 'of unknown version'}"


def _minor(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))

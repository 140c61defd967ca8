"""Rules about the features of the chosen release."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from components.config.problems import one_of
from components.config.rules.context import StackContext
from components.findings import Finding
from components.linkerd.releases import Feature, first_with

_OTHERWISE = {
    Feature.NATIVE_SIDECAR: "delete `linkerd.nativeSidecar`",
    Feature.AUDIT: "set `linkerd.defaultInboundPolicy: all-authenticated`",
}


def features_are_in_the_release(stack: StackContext) -> Iterator[Finding]:
    """The stack uses no feature that the release lacks, unless it asks for warnings instead."""
    if stack.settings.linkerd.unsupported != "error":
        return
    for feature, users in _unmet(stack).items():
        otherwise = _OTHERWISE.get(feature, "set `style: profile` for the service")
        yield Finding(
            path="linkerd.release",
            found=_lacks(stack, feature, users),
            allowed=f'"{first_with(feature).name}" or later',
            fix=f"Choose a later release, or {otherwise}.",
        )


def features_without_effect(stack: StackContext) -> Iterator[str]:
    """A warning for each feature that is used and that the release lacks."""
    for feature, users in _unmet(stack).items():
        yield f"linkerd.release: {_lacks(stack, feature, users)}; it has no effect here."


def _lacks(stack: StackContext, feature: Feature, users: Sequence[str]) -> str:
    release = stack.settings.linkerd.release
    return f'"{release}", which lacks {feature.value}, used by {one_of(users)}'


def _unmet(stack: StackContext) -> Mapping[Feature, Sequence[str]]:
    """The features that the release lacks, each with those that use it."""
    linkerd, services = stack.settings.linkerd, stack.catalogue.services
    routed = {n: s for n, s in services.items() if s.is_http and s.style == "route"}
    audits = linkerd.default_inbound_policy == "audit"
    users = {
        Feature.CIRCUIT_BREAKER: [n for n, s in routed.items() if s.circuit_breaker],
        Feature.RETRY_ANNOTATIONS: [n for n, s in routed.items() if any(r.retry for r in s.routes)],
        Feature.GRPC_ROUTE: [n for n, s in routed.items() if s.protocol == "grpc"],
        Feature.TIMEOUT_ANNOTATIONS: [
            n for n, s in routed.items() if any(r.timeout for r in s.routes)
        ],
        Feature.NATIVE_SIDECAR: ["linkerd.nativeSidecar"] if linkerd.native_sidecar else [],
        Feature.AUDIT: ["linkerd.defaultInboundPolicy"] if audits else [],
    }
    return {f: found for f, found in users.items() if found and f not in linkerd.chosen.features}


def release_can_limit_egress(stack: StackContext) -> Iterator[Finding]:
    """Limits on egress are EgressNetworks, which the release must know."""
    linkerd, needed = stack.settings.linkerd, Feature.EGRESS_NETWORK
    if linkerd.egress != "open" and needed not in linkerd.chosen.features:
        yield Finding(
            path="linkerd.egress",
            found=f'release "{linkerd.release}", which lacks {needed.value}',
            allowed=f'"{first_with(needed).name}" or later',
            fix="Choose a later release, or delete this key.",
        )

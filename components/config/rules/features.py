"""Rules about the features of the chosen release."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from components.config.problems import one_of
from components.config.rules.context import StackContext
from components.findings import Finding
from components.linkerd.releases import Feature, first_with


def features_are_in_the_release(stack: StackContext) -> Iterator[Finding]:
    """The stack uses no feature that the release lacks, unless it asks for warnings instead."""
    for need in _unmet(stack) if stack.settings.linkerd.unsupported == "error" else ():
        yield Finding(
            path="linkerd.release",
            found=_lacks(stack, need),
            allowed=f'"{first_with(need.feature).name}" or later',
            fix=f"Choose a later release, or {need.otherwise}.",
        )


def features_without_effect(stack: StackContext) -> Iterator[str]:
    """A warning for each feature that is used and that the release lacks."""
    for need in _unmet(stack):
        yield f"linkerd.release: {_lacks(stack, need)}; it has no effect here."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """A feature, who uses it, and what to do without it."""

    feature: Feature
    users: list[str]
    otherwise: str = "set `style: profile` for the service"


def _lacks(stack: StackContext, need: _Need) -> str:
    release, users = stack.settings.linkerd.release, one_of(need.users)
    return f'"{release}", which lacks {need.feature.value}, used by {users}'


def _unmet(stack: StackContext) -> Iterator[_Need]:
    features = stack.settings.linkerd.chosen.features
    return (each for each in _needs(stack) if each.users and each.feature not in features)


def _needs(stack: StackContext) -> Iterator[_Need]:
    linkerd, services = stack.settings.linkerd, stack.catalogue.services
    routed = {n: s for n, s in services.items() if s.is_http and s.style == "route"}
    yield _Need(
        feature=Feature.CIRCUIT_BREAKER,
        users=[n for n, s in routed.items() if s.circuit_breaker],
    )
    yield _Need(
        feature=Feature.RETRY_ANNOTATIONS,
        users=[n for n, s in routed.items() if any(r.retry for r in s.routes)],
    )
    yield _Need(
        feature=Feature.GRPC_ROUTE,
        users=[n for n, s in routed.items() if s.protocol == "grpc"],
    )
    yield _Need(
        feature=Feature.TIMEOUT_ANNOTATIONS,
        users=[n for n, s in routed.items() if any(r.timeout for r in s.routes)],
    )
    yield _Need(
        feature=Feature.NATIVE_SIDECAR,
        users=["linkerd.nativeSidecar"] if linkerd.native_sidecar else [],
        otherwise="delete `linkerd.nativeSidecar`",
    )
    audits = linkerd.default_inbound_policy == "audit"
    yield _Need(
        feature=Feature.AUDIT,
        users=["linkerd.defaultInboundPolicy"] if audits else [],
        otherwise="set `linkerd.defaultInboundPolicy: all-authenticated`",
    )

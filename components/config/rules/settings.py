"""What the stack's settings and the catalogue decide together."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from components.config.catalogue.model import Service
from components.config.problems import Problem, nearest, one_of
from components.config.rules import canary as canary_rules
from components.config.stack.settings import Settings
from components.linkerd.releases import RELEASES, Feature, first_with


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Problems stop the run; warnings are shown."""

    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]


def canaries(
    file: str, wanted: object, declared: Collection[str], services: Mapping[str, Service]
) -> Iterator[Problem]:
    """Each canary is of a declared service that has a second version, unless Flagger makes it.

    ``wanted`` and ``declared`` are as written, so that a mistake elsewhere hides nothing;
    ``services`` are the valid ones among ``declared``.
    """
    automated = canary_rules.automated_names(wanted)
    for name in map(str, wanted) if isinstance(wanted, Mapping) else ():
        path = f"canaries.{name}"
        if name not in declared:
            near = nearest(name, declared)
            yield Problem(
                file=file,
                path=path,
                found=f'a canary of the unknown service "{name}"',
                allowed=one_of(n for n, s in services.items() if s.canary_version),
                fix=f"Did you mean `{near}`?" if near else "Delete it, or declare the service.",
            )
        elif name in automated or name not in services:
            continue
        elif services[name].canary_version is None:
            yield Problem(
                file=file,
                path=path,
                found="a canary of a service with one version",
                allowed="a canary of a service with two versions",
                fix=f"Add the new version under `services.{name}.versions`, or delete the canary.",
            )


def testers(file: str, settings: Settings, services: Mapping[str, Service]) -> Iterator[Problem]:
    """Requests are told apart by their headers where an object can say so: in HTTPRoutes."""
    for name, canary in settings.canaries.items():
        if canary.headers and name in services and services[name].style == "profile":
            yield Problem(
                file=file,
                path=f"canaries.{name}.headers",
                found="headers, with a service in the style `profile`",
                allowed="headers with a service in the style `route`",
                fix=f"Set `style: route` for {name}, or delete them: a TrafficSplit "
                "(split.smi-spec.io/v1alpha2) has weights only, and no matches.",
            )


def charts(file: str, settings: Settings) -> Iterator[Problem]:
    """Charts come from one place, and a local-only release comes from a directory."""
    linkerd = settings.linkerd
    if linkerd.charts.directory and linkerd.charts.repository:
        yield Problem(
            file=file,
            path="linkerd.charts",
            found="both `directory` and `repository`",
            allowed="one of them, or neither",
            fix="Delete one.",
        )
    if linkerd.chosen.local_only and not linkerd.charts.directory:
        yield Problem(
            file=file,
            path="linkerd.release",
            found=f'"{linkerd.release}", which no repository of ours has',
            allowed=one_of(f'"{n}"' for n, r in RELEASES.items() if not r.local_only),
            fix="Choose one of those, or set `linkerd.charts.directory`.",
        )


def traffic(file: str, settings: Settings, services: Mapping[str, Service]) -> Iterator[Problem]:
    """What the services' traffic objects need is there to read them."""
    linkerd = settings.linkerd
    split = [
        name
        for name, canary in settings.canaries.items()
        if not canary.is_automated and name in services and services[name].style == "profile"
    ]
    if split and linkerd.smi == "off":
        yield Problem(
            file=file,
            path="linkerd.smi",
            found=f'"off", with a canary of {one_of(split)} in the style `profile`',
            allowed='"install" or "external"',
            fix="Change it, or set `style: route` for the service: a TrafficSplit needs the "
            "linkerd-smi extension.",
        )
    routed = [n for n, s in services.items() if s.is_http and s.style == "route"]
    needs_crds = linkerd.chosen.http_route_api.startswith("gateway.networking.k8s.io/")
    if routed and needs_crds and linkerd.gateway_api == "off":
        yield Problem(
            file=file,
            path="linkerd.gatewayApi",
            found=f'"off", with {one_of(routed)} in the style `route`',
            allowed='"install" or "external"',
            fix="Change it: HTTPRoutes need the Gateway API's CRDs.",
        )


def features(file: str, settings: Settings, services: Mapping[str, Service]) -> Findings:
    """Nothing is asked of the release that it cannot do, unless the stack only warns of it."""
    linkerd = settings.linkerd
    problems: list[Problem] = []
    for need in _needs(settings, services):
        if need.feature in linkerd.chosen.features or not need.users:
            continue
        lacks, users = need.feature.value, one_of(need.users)
        problems.append(
            Problem(
                file=file,
                path="linkerd.release",
                found=f'"{linkerd.release}", which lacks {lacks}, used by {users}',
                allowed=f'"{first_with(need.feature).name}" or later',
                fix=f"Choose a later release, or {need.otherwise}.",
            )
        )
    if linkerd.unsupported == "error":
        return Findings(problems=tuple(problems), warnings=())
    warnings = (f"{p.file}: {p.path}: {p.found}; it has no effect here." for p in problems)
    return Findings(problems=(), warnings=tuple(warnings))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Need:
    """A feature, who uses it, and what to do without it."""

    feature: Feature
    users: list[str]
    otherwise: str = "set `style: profile` for the service"


def _needs(settings: Settings, services: Mapping[str, Service]) -> Iterator[_Need]:
    routed = {n: s for n, s in services.items() if s.is_http and s.style == "route"}
    breakers = [n for n, s in routed.items() if s.circuit_breaker]
    retried = [n for n, s in routed.items() if any(r.retry for r in s.routes)]
    timed = [n for n, s in routed.items() if any(r.timeout for r in s.routes)]
    yield _Need(feature=Feature.CIRCUIT_BREAKER, users=breakers)
    yield _Need(feature=Feature.RETRY_ANNOTATIONS, users=retried)
    grpc = [n for n, s in routed.items() if s.protocol == "grpc"]
    yield _Need(feature=Feature.GRPC_ROUTE, users=grpc)
    yield _Need(feature=Feature.TIMEOUT_ANNOTATIONS, users=timed)
    yield _Need(
        feature=Feature.NATIVE_SIDECAR,
        users=["linkerd.nativeSidecar"] if settings.linkerd.native_sidecar else [],
        otherwise="delete `linkerd.nativeSidecar`",
    )
    yield _Need(
        feature=Feature.AUDIT,
        users=["linkerd.defaultInboundPolicy"]
        if settings.linkerd.default_inbound_policy == "audit"
        else [],
        otherwise="set `linkerd.defaultInboundPolicy: all-authenticated`",
    )

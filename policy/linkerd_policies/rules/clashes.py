"""Clashes: objects that disable each other without an error."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, Settings, StackRule
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, Unknown, is_list, keys, peek
from linkerd_policies.framework.stack import of_kinds, once
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.reading.references import route_parents
from linkerd_policies.reading.services import profiled_service
from linkerd_policies.reading.splits import split_service
from linkerd_policies.rules import groups

_IDENTITY = "metadata.name and metadata.namespace"


@dataclass(frozen=True, slots=True)
class Affected:
    """An object that a profile would disable, and the ``namespace/name`` of its Service."""

    obj: KubeObject
    service: str | Unknown


def _overridden_service(obj: KubeObject) -> str | Unknown | None:
    """The Service that a ServiceProfile or TrafficSplit takes over, ``None`` if it takes none.

    A ServiceProfile counts when it has routes or destination overrides ("only use service profiles
    if there are novel routes/target overrides": linkerd2-proxy,
    linkerd/app/outbound/src/sidecar.rs).
    A TrafficSplit always counts: linkerd-smi writes it into a ServiceProfile.
    """
    if obj.group_kind == linkerd.TRAFFIC_SPLIT:
        return split_service(obj)
    return profiled_service(obj.name) if _is_novel(obj) else None


@once
def _overriding(objects: Sequence[KubeObject]) -> Sequence[tuple[KubeObject, str | Unknown]]:
    """The objects that take over a Service, each with that Service."""
    kinds = (linkerd.TRAFFIC_SPLIT, linkerd.SERVICE_PROFILE)
    found = ((obj, _overridden_service(obj)) for obj in of_kinds(objects, *kinds))
    return [(obj, service) for obj, service in found if service]


def _is_novel(obj: KubeObject) -> bool:
    parts = (peek(obj.props, "spec", key) for key in ("routes", "dstOverrides"))
    return any(part is UNKNOWN or (is_list(part) and len(part) > 0) for part in parts)


def _annotated(prefixes: tuple[str, ...], obj: KubeObject) -> Iterator[Affected]:
    """A Service with an annotation that starts with one of ``prefixes``."""
    annotations = keys(peek(obj.props, "metadata", "annotations"))
    if any(key.startswith(prefixes) for key in annotations):
        yield Affected(obj, obj.key)


def _routed(obj: KubeObject) -> Iterator[Affected]:
    """The parent Services of a route."""
    yield from (Affected(obj, key) for key, _ in route_parents(obj))


def _clashes(
    kinds: Collection[tuple[str, str]],
    find: Callable[[KubeObject], Iterator[Affected]],
    what: str,
    remedy: str,
    objects: Sequence[KubeObject],
    _settings: Settings,
) -> Iterator[Finding]:
    """Nothing takes over the Service of any object that ``find`` returns for ``kinds``."""
    affected = [one for obj in of_kinds(objects, *kinds) for one in find(obj)]
    overriding = _overriding(objects)
    if not affected or not overriding:
        return
    for obj in [obj for obj, service in overriding if service is UNKNOWN]:
        yield Finding(must_be_plain(obj, _IDENTITY), obj.urn)
    for one in affected:
        for message in _taken_over(one, overriding, what, remedy):
            yield Finding(message, one.obj.urn)


def _taken_over(
    one: Affected, overriding: Sequence[tuple[KubeObject, str | Unknown]], what: str, remedy: str
) -> Iterator[str]:
    if one.service is UNKNOWN:
        yield must_be_plain(one.obj, _IDENTITY)
        return
    for obj, service in overriding:
        if service == one.service:
            yield (
                f"Remove {what} {one.obj} or remove {obj}: the latter takes over Service "
                f"{service}, and Linkerd then ignores the former without an error; {remedy}."
            )


_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: cart
  namespace: shop
  annotations: {{{annotations}}}
---
"""
_PROFILE = """\
apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata: {{name: {service}.shop.svc.cluster.local, namespace: shop}}
spec:
  routes:
    - name: GET /items
      condition: {{method: GET, pathRegex: /items}}
"""
_ROUTE = """\
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: cart, port: 8080}]
---
"""
_BREAKER = _SERVICE.format(annotations=f"{linkerd.FAILURE_ACCRUAL}: consecutive")
_RETRY = _SERVICE.format(
    annotations=f"{linkerd.RETRY_HTTP}: 5xx, {linkerd.IDEMPOTENT}: it only answers questions"
)
_CLASHING, _OTHER = _PROFILE.format(service="cart"), _PROFILE.format(service="web")

BREAKER_PROFILE_CLASH = StackRule(
    name="linkerd-breaker-profile-clash",
    display_name="Circuit breakers work",
    group=groups.CLASHES.name,
    severity=Severity.HIGH,
    tags=groups.CLASHES.tags,
    description="No Service with a circuit breaker has a ServiceProfile with routes or a "
    "TrafficSplit.",
    why=(
        "A ServiceProfile with routes, or the one that linkerd-smi writes for a TrafficSplit, "
        "turns circuit breaking off for its Service. The annotations stay and have no effect."
    ),
    remediation="Choose one: a ServiceProfile and TrafficSplit, or the annotations and HTTPRoutes.",
    source="https://linkerd.io/2-edge/reference/circuit-breaking/",
    check=partial(
        _clashes,
        (linkerd.SERVICE,),
        partial(_annotated, (linkerd.FAILURE_ACCRUAL,)),
        "the failure-accrual annotations from",
        "use an HTTPRoute instead of a profile to keep the breaker",
    ),
    bad=_BREAKER + _CLASHING,
    good=_BREAKER + _OTHER,
)

RETRY_PROFILE_CLASH = StackRule(
    name="linkerd-retry-profile-clash",
    display_name="Retry annotations work",
    group=groups.CLASHES.name,
    severity=Severity.HIGH,
    tags=groups.CLASHES.tags,
    description="No Service with retry or timeout annotations has a ServiceProfile with routes or "
    "a TrafficSplit.",
    why=(
        "Proxies that use a ServiceProfile read retries and timeouts only from it, and ignore "
        "the annotations."
    ),
    remediation="Move retries and timeouts into the ServiceProfile, or remove the profile.",
    source="https://linkerd.io/2-edge/reference/retries/",
    check=partial(
        _clashes,
        (linkerd.SERVICE,),
        partial(_annotated, (linkerd.RETRY_PREFIX, linkerd.TIMEOUT_PREFIX)),
        "the retry and timeout annotations from",
        "a ServiceProfile's own way is isRetryable, timeout and retryBudget",
    ),
    bad=_RETRY + _CLASHING,
    good=_RETRY + _OTHER,
)

ROUTE_PROFILE_CLASH = StackRule(
    name="linkerd-route-profile-clash",
    display_name="Routes work",
    group=groups.CLASHES.name,
    severity=Severity.HIGH,
    tags=groups.CLASHES.tags,
    description="No HTTPRoute or GRPCRoute has a parent Service with a ServiceProfile with routes "
    "or a TrafficSplit.",
    why=(
        "A ServiceProfile takes precedence over the routes of the same Service: weights, "
        "timeouts and retries of the route have no effect."
    ),
    remediation="Choose one: a ServiceProfile and TrafficSplit, or an HTTPRoute.",
    source="https://linkerd.io/2-edge/reference/httproute/",
    check=partial(
        _clashes,
        linkerd.ROUTES,
        _routed,
        "the route",
        "split traffic by the route's backendRefs, or by a TrafficSplit",
    ),
    bad=_ROUTE + _CLASHING,
    good=_ROUTE + _OTHER,
)

RULES = (BREAKER_PROFILE_CLASH, RETRY_PROFILE_CLASH, ROUTE_PROFILE_CLASH)

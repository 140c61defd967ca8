"""Circuit breakers: the objects from which Linkerd reads failure accrual."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, ResourceRule, Settings, StackRule
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, Unknown, elements, keys, peek
from linkerd_policies.framework.stack import of_kinds
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import annotation, must_be_plain
from linkerd_policies.reading.relations import reference_key, route_parents
from linkerd_policies.rules.strict_mtls.inbound_policy import POD_TEMPLATES

GROUP = "Circuit breakers"


def check_placement(obj: KubeObject, _settings: Settings) -> Iterator[str]:
    """Failure accrual stands on Services, where Linkerd reads it."""
    holders = {("metadata",), (*POD_TEMPLATES.get(obj.group_kind, ()), "metadata")}
    for holder in sorted(holders):
        for key in keys(peek(obj.props, *holder, "annotations")):
            if key.startswith(_PREFIXES):
                yield (
                    f"Move {annotation(key, '.'.join(holder))} of {obj} to the Service that "
                    "callers dial: Linkerd reads it nowhere else."
                )


_PREFIXES = ("balancer.linkerd.io/", "balancer.alpha.linkerd.io/")


def check_leaves(objects: Sequence[KubeObject], _settings: Settings) -> Iterator[Finding]:
    """Failure accrual stands on the Service that callers dial, not behind its route."""
    apexes: set[str | Unknown] = set()
    leaves: dict[str | Unknown, KubeObject] = {}
    for obj in of_kinds(objects, *linkerd.ROUTES):
        parents = [key for key, _ in route_parents(obj)]
        apexes.update(parents)
        leaves.update({leaf: obj for leaf in _backends(obj)} if parents else {})
    for obj in filter(_has_breaker, of_kinds(objects, linkerd.SERVICE) if leaves else ()):
        key = obj.key
        if key is UNKNOWN:
            yield Finding(must_be_plain(obj, "metadata.name and metadata.namespace"), obj.urn)
        elif key in leaves and key not in apexes:
            yield Finding(
                f"Move {annotation(linkerd.FAILURE_ACCRUAL)} of {obj} to the parent Service of "
                f"{leaves[key]}: for what a route sends to its backends, the parent's counts.",
                obj.urn,
            )


def _has_breaker(obj: KubeObject) -> bool:
    return linkerd.FAILURE_ACCRUAL in keys(peek(obj.props, "metadata", "annotations"))


def _backends(route: KubeObject) -> Iterator[str | Unknown]:
    for rule in elements(peek(route.props, "spec", "rules")):
        for reference in elements(peek(rule, "backendRefs")):
            yield reference_key(route, reference)


TAGS = ("linkerd", "circuit-breaker", "reliability")
SOURCE = "https://linkerd.io/2-edge/reference/circuit-breaking/"
SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: shop
  annotations: {{{annotations}}}
spec: {{ports: [{{port: 8080}}]}}
"""
ON = f"{linkerd.FAILURE_ACCRUAL}: consecutive"
_ROUTE = """\
---
apiVersion: policy.linkerd.io/v1beta3
kind: HTTPRoute
metadata: {name: cart, namespace: shop}
spec:
  parentRefs: [{group: core, kind: Service, name: cart, port: 8080}]
  rules:
    - backendRefs: [{name: cart, port: 8080}, {name: cart-v2, port: 8080}]
"""

BREAKER_PLACEMENT = ResourceRule(
    name="linkerd-breaker-placement",
    display_name="Circuit breakers stand on Services",
    group=GROUP,
    severity=Severity.HIGH,
    tags=TAGS,
    description="No other object than a Service has failure-accrual annotations.",
    why="Linkerd reads them from Services alone; anywhere else they do nothing, without an error.",
    remediation="Move the annotations to the Service that callers dial.",
    source=SOURCE,
    kinds=frozenset(
        {
            linkerd.NAMESPACE,
            linkerd.SERVICE_PROFILE,
            linkerd.TRAFFIC_SPLIT,
            *linkerd.ROUTES,
            *POD_TEMPLATES,
        }
    ),
    check=check_placement,
    bad=f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: cart, namespace: shop}}
spec:
  template:
    metadata: {{annotations: {{{ON}}}}}
""",
    good=SERVICE.format(name="cart", annotations=ON),
)

BREAKER_LEAF = StackRule(
    name="linkerd-breaker-leaf",
    display_name="Circuit breakers stand on the apex",
    group=GROUP,
    severity=Severity.HIGH,
    tags=TAGS,
    description="No Service that is only a route's backend has failure-accrual annotations.",
    why=(
        "The breaker of a route's parent is used for every backend; the backend's own annotations "
        "do nothing for what comes through the route."
    ),
    remediation="Annotate the parent Service.",
    source=SOURCE,
    check=check_leaves,
    bad=SERVICE.format(name="cart-v2", annotations=ON) + _ROUTE,
    good=SERVICE.format(name="cart", annotations=ON) + _ROUTE,
)

RULES = (BREAKER_PLACEMENT, BREAKER_LEAF)

"""Retry amplification: how many requests one request can become along a chain of calls."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, Settings, StackRule, number
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, elements, peek
from linkerd_policies.framework.stack import of_kinds
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.call_graph import CallGraph, call_graph
from linkerd_policies.reading.hidden_calls import hidden_calls
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.reading.references import route_parents
from linkerd_policies.reading.retries import retries
from linkerd_policies.reading.services import profiled_service
from linkerd_policies.rules import groups

Path = tuple[str, ...]

_RETRYING = (linkerd.SERVICE, linkerd.SERVICE_PROFILE, *linkerd.ROUTES)


def check_amplification(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """The attempts along the longest chain of calls stay within bounds."""
    limit = float(settings["maxAmplification"])
    for obj in of_kinds(objects, *_RETRYING):
        if _hides_attempts(obj):
            yield Finding(must_be_plain(obj, "the number of retries"), obj.urn)
    graph, attempts = call_graph(objects), _attempts(objects)
    yield from hidden_calls(objects, {key for key, count in attempts.items() if count > 1})
    weights = {
        workload: max((attempts.get(service, 1.0) for service in services), default=1.0)
        for workload, services in graph.services.items()
    }
    worst = max(_longest(graph, weights), key=lambda chain: _product(chain, weights), default=())
    if _product(worst, weights) > limit:
        yield Finding(
            f"Lower the retries along {' -> '.join(worst)}: one request to the first can become "
            f"{_product(worst, weights):.3g} to the last, and {limit:g} are allowed.",
            graph.objects[worst[-1]].urn,
        )


def _product(chain: Path, weights: Mapping[str, float]) -> float:
    return math.prod(weights[workload] for workload in chain[1:])


def _longest(graph: CallGraph, weights: Mapping[str, float]) -> list[Path]:
    """The chain of calls with the most attempts that ends at each workload.

    Chains grow by a call in each round. In a circle of calls each workload counts once.
    """
    best: dict[str, Path] = {workload: (workload,) for workload in sorted(graph.callees)}
    for _ in best:
        grown = dict(best)
        for caller, callees in sorted(graph.callees.items()):
            for callee in sorted(callees - set(best[caller])):
                chain = (*best[caller], callee)
                if _rank(chain, weights) > _rank(grown[callee], weights):
                    grown[callee] = chain
        if grown == best:
            break
        best = grown
    return list(best.values())


def _rank(chain: Path, weights: Mapping[str, float]) -> tuple[float, int]:
    return _product(chain, weights), -len(chain)


def _attempts(objects: Sequence[KubeObject]) -> dict[str, float]:
    """The most attempts that one request to each Service can take."""
    found: dict[str, float] = {}
    for obj in of_kinds(objects, *_RETRYING):
        for service, attempts in _attempts_of(obj):
            found[service] = max(found.get(service, 1.0), attempts)
    return found


def _attempts_of(obj: KubeObject) -> Iterator[tuple[str, float]]:
    if obj.group_kind == linkerd.SERVICE_PROFILE:
        service, retried = profiled_service(obj.name), _is_retried(obj)
        ratio: Any = peek(obj.props, "spec", "retryBudget", "retryRatio")
        if isinstance(service, str) and retried and isinstance(ratio, (int, float)):
            yield service, 1.0 + ratio
        return
    attempts = 1.0 + _annotated_limit(obj)
    if obj.group_kind == linkerd.SERVICE and isinstance(obj.key, str):
        yield obj.key, attempts
    elif obj.group_kind in linkerd.ROUTES:
        for key, _ in route_parents(obj):
            if isinstance(key, str):
                yield key, attempts


def _is_retried(profile: KubeObject) -> bool:
    routes = elements(peek(profile.props, "spec", "routes"))
    return any(peek(route, "isRetryable") is True for route in routes)


def _annotated_limit(obj: KubeObject) -> int:
    found = retries(peek(obj.props, "metadata", "annotations"))
    return 0 if found is UNKNOWN else int(found)


def _hides_attempts(obj: KubeObject) -> bool:
    """Whether the object has a number of retries that is unknown."""
    if obj.group_kind == linkerd.SERVICE_PROFILE:
        hidden = peek(obj.props, "spec", "retryBudget", "retryRatio") is UNKNOWN
        return hidden and _is_retried(obj)
    return retries(peek(obj.props, "metadata", "annotations")) is UNKNOWN


_WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec:
  template:
    metadata: {{labels: {{app: {name}}}, annotations: {{{calls}}}}}
---
"""
_SERVICE = f"""\
apiVersion: v1
kind: Service
metadata:
  name: {{name}}
  namespace: shop
  annotations:
    {linkerd.RETRY_HTTP}: 5xx
    {linkerd.RETRY_LIMIT}: "{{limit}}"
    {linkerd.IDEMPOTENT}: it only answers questions
spec: {{{{ports: [{{{{port: 80}}}}], selector: {{{{app: {{name}}}}}}}}}}
"""
_CHAIN = (
    _WORKLOAD.format(name="web", calls=f"{linkerd.CALLS}: cart")
    + _WORKLOAD.format(name="cart", calls=f"{linkerd.CALLS}: stock")
    + _WORKLOAD.format(name="stock", calls="")
    + _SERVICE.format(name="cart", limit=3)
    + "---\n"
)

RETRY_AMPLIFICATION = StackRule(
    name="linkerd-retry-amplification",
    display_name="Retries do not multiply",
    group=groups.RETRY_LIMITS.name,
    severity=Severity.HIGH,
    tags=("linkerd", "retries", "reliability"),
    description="The attempts along every chain of calls, multiplied, stay within bounds.",
    why=(
        "Retries multiply: where each of three callers in a row tries four times, a failure at the "
        "end gets 64 requests for one, just when it is failing. Who calls whom is read from the "
        "ServiceAccounts in AuthorizationPolicies, and from the annotation "
        f"`{linkerd.CALLS}: <service>, <service>` of pod templates; without either a call is not "
        "seen. A ServiceProfile counts with its budget's retryRatio."
    ),
    remediation="Retry at one place of the chain, the one next to what fails.",
    source="https://sre.google/sre-book/addressing-cascading-failures/",
    settings=(
        number(
            "maxAmplification",
            "How many requests one request may become, at most.",
            default=10.0,
            minimum=1.0,
            maximum=1000.0,
        ),
    ),
    check=check_amplification,
    bad=_CHAIN + _SERVICE.format(name="stock", limit=3),
    good=_CHAIN + _SERVICE.format(name="stock", limit=1),
)

RULES = (RETRY_AMPLIFICATION,)

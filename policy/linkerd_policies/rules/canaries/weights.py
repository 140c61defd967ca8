"""Canaries: what the weights of one TrafficSplit or route must be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import ResourceRule, Settings, number
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, elements, filled, peek
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import must_be_plain, shown
from linkerd_policies.reading.references import route_parents
from linkerd_policies.rules import groups

SPLIT_LIMIT = 429_496
"""What the weights of a TrafficSplit may add up to: Linkerd sends ten thousand times the sum as an
unsigned 32-bit number (linkerd2, controller/api/destination/profile_translator.go)."""

ROUTE_LIMIT = 1_000_000
"""The largest weight of a backendRef, by the Gateway API's CRD."""

_QUANTITY = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(m?)")


@dataclass(frozen=True, slots=True)
class _Backends:
    """The backends that share the requests, their path, and a weight's default and limit.

    The defaults of ``default`` and ``limit`` are those of a route.
    """

    values: Any
    path: str
    default: float | None = 1
    limit: int = ROUTE_LIMIT


def check_weights(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """The weights are numbers that send every request somewhere."""
    for backends in _all_backends(obj):
        if backends.values is UNKNOWN:
            yield must_be_plain(obj, backends.path)
        elif filled(backends.values):
            yield from _violations(obj, backends, float(settings["minShare"]))


def _all_backends(obj: KubeObject) -> Iterator[_Backends]:
    if obj.group_kind == linkerd.TRAFFIC_SPLIT:
        values = peek(obj.props, "spec", "backends")
        yield _Backends(values, "spec.backends", None, SPLIT_LIMIT)
        return
    if not any(route_parents(obj)):
        return  # a route of an ingress, which is not Linkerd's
    rules = peek(obj.props, "spec", "rules")
    if rules is UNKNOWN:
        yield _Backends(UNKNOWN, "spec.rules")
    for index, rule in enumerate(elements(rules)):
        yield _Backends(peek(rule, "backendRefs"), f"spec.rules[{index}].backendRefs")


def _violations(obj: KubeObject, backends: _Backends, least: float) -> Iterator[str]:
    weights: list[float] = []
    for index, backend in enumerate(elements(backends.values)):
        path = f"{backends.path}[{index}].weight"
        value = peek(backend, "weight")
        weight = backends.default if value is None else _weight(obj, value)
        if value is UNKNOWN:
            yield must_be_plain(obj, path)
        elif weight is None or not 0 <= weight <= backends.limit:
            yield (
                f"Set {path} of {obj} to a number from 0 to {backends.limit} (found "
                f"{shown(value)}): it is the backend's share, not a percentage in text."
            )
        else:
            weights.append(weight)
    if len(weights) == len(backends.values):
        yield from _sum_violations(obj, backends, weights, least)


def _weight(obj: KubeObject, value: Any) -> float | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        whole = obj.group_kind == linkerd.TRAFFIC_SPLIT or float(value).is_integer()
        return float(value) if whole else None
    if obj.api_version != _SPLIT_WITH_QUANTITIES or not isinstance(value, str):
        return None
    match = _QUANTITY.fullmatch(value)
    return float(match[1]) / (1000 if match[2] else 1) if match else None


_SPLIT_WITH_QUANTITIES = "split.smi-spec.io/v1alpha1"


def _sum_violations(
    obj: KubeObject, backends: _Backends, weights: list[float], least: float
) -> Iterator[str]:
    total = sum(weights)
    if total == 0:
        yield (
            f"Give one backend in {backends.path} of {obj} a weight above 0: with none, a "
            "TrafficSplit does nothing and a route answers every request with an error."
        )
    elif backends.limit == SPLIT_LIMIT and total > SPLIT_LIMIT:
        yield (
            f"Lower the weights in {backends.path} of {obj} to a sum of {SPLIT_LIMIT} or less "
            f"(found {total:.0f}): Linkerd cannot send larger ones to the proxies."
        )
    for index, weight in enumerate(weights):
        if weight and 100 * weight / total < least:
            yield (
                f"Raise {backends.path}[{index}].weight of {obj} or set it to 0: it gives the "
                f"backend {100 * weight / total:.3g} per cent of the requests, and a version "
                f"cannot be judged by less than {least:g} per cent."
            )


_SPLIT = """\
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata: {{name: cart, namespace: shop}}
spec:
  service: cart
  backends:
    - {{service: cart, weight: {stable}}}
    - {{service: cart-v2, weight: {canary}}}
"""

CANARY_WEIGHTS = ResourceRule(
    name="linkerd-canary-weights",
    display_name="Weights send every request somewhere",
    group=groups.CANARIES.name,
    severity=Severity.HIGH,
    tags=groups.CANARIES.tags,
    description="The weights of a TrafficSplit or route are numbers within bounds, of which one is "
    "above 0, and no version's share is too small to judge it by.",
    why=(
        "Nothing validates a TrafficSplit. With a weight that cannot be read, or without one "
        "above 0, every request goes to the apex, and the canary only seems to run. A route "
        "without a weight above 0 answers with errors."
    ),
    remediation=(
        "Write weights as numbers, such as 900 and 100 for ten per cent. 0 takes a version out."
    ),
    source="https://linkerd.io/2-edge/tasks/linkerd-smi/",
    settings=(
        number(
            "minShare",
            "The smallest share of the requests that a backend with a weight may get, in per cent.",
            default=0.1,
            minimum=0.0,
            maximum=50.0,
        ),
    ),
    kinds=frozenset({linkerd.TRAFFIC_SPLIT, *linkerd.ROUTES}),
    check=check_weights,
    bad=_SPLIT.format(stable=0, canary=0),
    good=_SPLIT.format(stable=900, canary=100),
)

RULES = (CANARY_WEIGHTS,)

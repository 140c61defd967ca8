"""Circuit breakers: where failure accrual is configured, and the bounds of its values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import (
    Finding,
    ResourceRule,
    Settings,
    StackRule,
    subset,
    whole_number,
)
from linkerd_policies.framework.objects import (
    UNKNOWN,
    KubeObject,
    Unknown,
    demand,
    elements,
    keys,
    peek,
)
from linkerd_policies.framework.stack import of_kinds
from linkerd_policies.framework.wording import one_of
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import annotation, must_be_plain, shown
from linkerd_policies.reading.pod_templates import POD_TEMPLATES
from linkerd_policies.reading.references import reference_key, route_parents
from linkerd_policies.rules import groups
from linkerd_policies.shared.durations import linkerd_seconds

MODES = ("consecutive", "unified")
_CONSECUTIVE = f"{linkerd.FAILURE_ACCRUAL}-consecutive-"
_SUCCESS_RATE = "balancer.alpha.linkerd.io/failure-accrual-success-rate-"
_MAX_FAILURES = f"{_CONSECUTIVE}max-failures"
_MIN_PENALTY = f"{_CONSECUTIVE}min-penalty"
_MAX_PENALTY = f"{_CONSECUTIVE}max-penalty"
_JITTER = f"{_CONSECUTIVE}jitter-ratio"
_THRESHOLD = f"{_SUCCESS_RATE}threshold"
_WINDOW = f"{_SUCCESS_RATE}window"
_MIN_REQUESTS = f"{_SUCCESS_RATE}min-requests"
_KEYS = (
    linkerd.FAILURE_ACCRUAL,
    _MAX_FAILURES,
    _MIN_PENALTY,
    _MAX_PENALTY,
    _JITTER,
    _THRESHOLD,
    _WINDOW,
    _MIN_REQUESTS,
)
_DEFAULT_PENALTIES = {_MIN_PENALTY: 1.0, _MAX_PENALTY: 60.0}
_SHORTEST_WINDOW = 0.01
_MOST_REQUESTS = 1_000_000

_INTEGER = re.compile("[0-9]{1,9}")
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")

_Values = Mapping[str, Any]


def check_breaker(obj: KubeObject, settings: Settings) -> Iterator[str]:
    """A Service's failure accrual has values that Linkerd reads, within bounds."""
    annotations = demand(obj.props, "metadata", "annotations")
    values = {key: peek(annotations, key) for key in _KEYS if key in keys(annotations)}
    for key, value in values.items():
        if value is UNKNOWN:
            yield must_be_plain(obj, annotation(key))
    if values and linkerd.FAILURE_ACCRUAL not in values:
        yield (
            f"Add {annotation(linkerd.FAILURE_ACCRUAL)} to {obj}, or remove "
            f"{annotation(next(iter(values)))}: without a mode there is no circuit breaker."
        )
        return
    yield from _mode_violations(obj, values, settings["allowedModes"])
    yield from _consecutive_violations(obj, values, settings)
    yield from _success_rate_violations(obj, values)


def _mode_violations(obj: KubeObject, values: _Values, allowed: Sequence[str]) -> Iterator[str]:
    mode = values.get(linkerd.FAILURE_ACCRUAL, allowed[0])
    if mode is not UNKNOWN and mode not in allowed:
        yield (
            f"Set {annotation(linkerd.FAILURE_ACCRUAL)} of {obj} to {one_of(allowed)}: Linkerd "
            "then has no circuit breaker, without an error."
        )
    elif mode == "consecutive":
        for key in (_THRESHOLD, _WINDOW, _MIN_REQUESTS):
            if key in values:
                yield (
                    f"Remove {annotation(key)} from {obj}, or set "
                    f"{annotation(linkerd.FAILURE_ACCRUAL)} to unified: success rates count in "
                    "that mode only."
                )


def _consecutive_violations(obj: KubeObject, values: _Values, settings: Settings) -> Iterator[str]:
    # In `unified` mode, 0 leaves the breaker to the success rate.
    least = 0 if values.get(linkerd.FAILURE_ACCRUAL) == "unified" else 1
    most = int(settings["maxFailures"])
    yield from _number_violations(obj, values, _MAX_FAILURES, (least, most), _INTEGER)
    yield from _number_violations(obj, values, _JITTER, (0, 100), _DECIMAL)
    yield from _penalty_violations(obj, values, int(settings["maxPenaltySeconds"]))


def _number_violations(
    obj: KubeObject,
    values: _Values,
    key: str,
    bounds: tuple[float, float],
    form: re.Pattern[str],
) -> Iterator[str]:
    value, (low, high) = values.get(key), bounds
    if value is None or value is UNKNOWN:
        return
    if not isinstance(value, str) or not form.fullmatch(value) or not low <= float(value) <= high:
        noun = "an integer" if form is _INTEGER else "a number"
        yield (
            f"Set {annotation(key)} of {obj} to {noun} from {low} to {high}, in quotes (found "
            f"{shown(value)}): with a value that it cannot read, Linkerd has no circuit breaker."
        )


def _penalty_violations(obj: KubeObject, values: _Values, longest: int) -> Iterator[str]:
    seconds = {}
    for key, default in _DEFAULT_PENALTIES.items():
        value = values.get(key)
        if value is UNKNOWN:
            return
        found = default if value is None else linkerd_seconds(value)
        if not found:
            yield (
                f"Set {annotation(key)} of {obj} to an integer with ms, s, m, h or d, above zero "
                f"(found {shown(value)})."
            )
            return
        seconds[key] = found
    if seconds[_MIN_PENALTY] > seconds[_MAX_PENALTY]:
        yield (
            f"Set {annotation(_MAX_PENALTY)} of {obj} to at least the shortest penalty, "
            f"{seconds[_MIN_PENALTY]:g}s (found {seconds[_MAX_PENALTY]:g}s): otherwise Linkerd has "
            "no circuit breaker."
        )
    elif seconds[_MAX_PENALTY] > longest:
        yield (
            f"Set {annotation(_MAX_PENALTY)} of {obj} to {longest}s or less (found "
            f"{seconds[_MAX_PENALTY]:g}s): a pod that works again gets no request for that long."
        )


def _success_rate_violations(obj: KubeObject, values: _Values) -> Iterator[str]:
    yield from _number_violations(obj, values, _THRESHOLD, (0, 1), _DECIMAL)
    yield from _number_violations(obj, values, _MIN_REQUESTS, (0, _MOST_REQUESTS), _INTEGER)
    window = values.get(_WINDOW)
    if window is None or window is UNKNOWN:
        return
    if (linkerd_seconds(window) or 0) < _SHORTEST_WINDOW:
        yield (
            f"Set {annotation(_WINDOW)} of {obj} to an integer with ms, s, m, h or d, of 10ms or "
            f"more (found {shown(window)}): proxies reject the whole policy otherwise."
        )


def check_placement(obj: KubeObject, _settings: Settings) -> Iterator[str]:
    """Failure accrual is on Services, where Linkerd reads it."""
    holders = {("metadata",), (*POD_TEMPLATES.get(obj.group_kind, ()), "metadata")}
    for holder in sorted(holders):
        for key in keys(peek(obj.props, *holder, "annotations")):
            if key.startswith(_PREFIXES):
                yield (
                    f"Move {annotation(key, '.'.join(holder))} of {obj} to the Service that "
                    "callers dial: Linkerd reads it only there."
                )


_PREFIXES = ("balancer.linkerd.io/", "balancer.alpha.linkerd.io/")


def check_leaves(objects: Sequence[KubeObject], _settings: Settings) -> Iterator[Finding]:
    """Failure accrual is on the Service that callers dial, not on a backend of its route."""
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


_SOURCE = "https://linkerd.io/2-edge/reference/circuit-breaking/"
_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  namespace: shop
  annotations: {{{annotations}}}
spec: {{ports: [{{port: 8080}}]}}
"""
_ON = f"{linkerd.FAILURE_ACCRUAL}: consecutive"
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

BREAKER_BOUNDS = ResourceRule(
    name="linkerd-breaker-bounds",
    display_name="Circuit breakers have values that Linkerd reads",
    group=groups.CIRCUIT_BREAKERS.name,
    severity=Severity.HIGH,
    tags=groups.CIRCUIT_BREAKERS.tags,
    description="The failure-accrual annotations of a Service have a known mode, and values "
    "within bounds.",
    why=(
        "With a misspelt mode, a fraction in a duration, or a minimum penalty above the maximum, "
        "Linkerd logs a warning and has no circuit breaker."
    ),
    remediation=f"Set {_ON}, and what differs from the defaults: 7 failures, 1s to 1m.",
    source=_SOURCE,
    settings=(
        subset(
            "allowedModes",
            "The modes that may be used; `unified` exists from Linkerd 2.20 on.",
            allowed=MODES,
        ),
        whole_number(
            "maxFailures",
            "The largest number of failures in a row that opens a circuit.",
            default=20,
            minimum=1,
            maximum=1000,
        ),
        whole_number(
            "maxPenaltySeconds",
            "The longest time that a circuit may stay open, in seconds.",
            default=600,
            minimum=1,
            maximum=86400,
        ),
    ),
    kinds=frozenset({linkerd.SERVICE}),
    check=check_breaker,
    bad=_SERVICE.format(name="cart", annotations=f'{_ON}, {_MAX_PENALTY}: "0.5s"'),
    good=_SERVICE.format(name="cart", annotations=f'{_ON}, {_MAX_FAILURES}: "3"'),
)

BREAKER_PLACEMENT = ResourceRule(
    name="linkerd-breaker-placement",
    display_name="Circuit breakers are on Services",
    group=groups.CIRCUIT_BREAKERS.name,
    severity=Severity.HIGH,
    tags=groups.CIRCUIT_BREAKERS.tags,
    description="Only Services have failure-accrual annotations.",
    why=(
        "Linkerd reads them only from Services. On other objects they have no effect, and no "
        "error says so."
    ),
    remediation="Move the annotations to the Service that callers dial.",
    source=_SOURCE,
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
    metadata: {{annotations: {{{_ON}}}}}
""",
    good=_SERVICE.format(name="cart", annotations=_ON),
)

BREAKER_LEAF = StackRule(
    name="linkerd-breaker-leaf",
    display_name="Circuit breakers are on the apex",
    group=groups.CIRCUIT_BREAKERS.name,
    severity=Severity.HIGH,
    tags=groups.CIRCUIT_BREAKERS.tags,
    description="No Service that is only a route's backend has failure-accrual annotations.",
    why=(
        "The breaker of a route's parent is used for every backend. The backend's own "
        "annotations have no effect on requests that come through the route."
    ),
    remediation="Annotate the parent Service.",
    source=_SOURCE,
    check=check_leaves,
    bad=_SERVICE.format(name="cart-v2", annotations=_ON) + _ROUTE,
    good=_SERVICE.format(name="cart", annotations=_ON) + _ROUTE,
)


RULES = (BREAKER_BOUNDS, BREAKER_PLACEMENT, BREAKER_LEAF)

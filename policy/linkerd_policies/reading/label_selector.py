"""Which labels a Kubernetes label selector takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from linkerd_policies.framework.objects import UNKNOWN, Unknown, elements, keys, peek

Verdict = bool | Unknown
"""Whether labels are taken; unknown where that depends on values that the preview lacks."""


def takes(selector: Any, labels: Mapping[str, Any] | Unknown) -> Verdict:
    """Whether ``matchLabels`` and ``matchExpressions`` together take the labels.

    An empty selector takes everything, ``None`` nothing. Rule:
    https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
    """
    if selector is None:
        return False
    if selector is UNKNOWN or labels is UNKNOWN:
        return Unknown.UNKNOWN
    return _all(_verdicts(selector, labels))


def _verdicts(selector: Any, labels: Mapping[str, Any]) -> Iterator[Verdict]:
    wanted, expressions = peek(selector, "matchLabels"), peek(selector, "matchExpressions")
    if wanted is UNKNOWN or expressions is UNKNOWN:
        yield Unknown.UNKNOWN
    for key in keys(wanted):
        yield _equal(peek(wanted, key), labels.get(key))
    for expression in elements(expressions):
        yield _expression(expression, labels)


def _equal(wanted: Any, found: Any) -> Verdict:
    if wanted is UNKNOWN or found is UNKNOWN:
        return Unknown.UNKNOWN
    return bool(wanted == found)


def _expression(expression: Any, labels: Mapping[str, Any]) -> Verdict:
    key, operator = peek(expression, "key"), peek(expression, "operator")
    if key is UNKNOWN or operator is UNKNOWN:
        return Unknown.UNKNOWN
    if not isinstance(key, str):
        return False
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    inside = _inside(expression, labels.get(key))
    if inside is UNKNOWN:
        return Unknown.UNKNOWN
    return inside if operator == "In" else not inside


def _inside(expression: Any, found: Any) -> Verdict:
    values = peek(expression, "values")
    listed = list(elements(values))
    if found is UNKNOWN or values is UNKNOWN:
        return Unknown.UNKNOWN
    if found in listed:
        return True
    return Unknown.UNKNOWN if UNKNOWN in listed else False


def _all(verdicts: Iterator[Verdict]) -> Verdict:
    found = list(verdicts)
    if False in found:
        return False
    return Unknown.UNKNOWN if UNKNOWN in found else True

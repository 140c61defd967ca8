from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.framework.objects import UNKNOWN
from linkerd_policies.reading.label_selector import takes

LABELS = {"app": "cart", "version": "v2"}


def expression(operator: Any, *values: Any, key: Any = "version") -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("selector", "verdict"),
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {"app": "cart"}}, True),
        ({"matchLabels": {"app": "cart", "version": "v1"}}, False),
        ({"matchLabels": {"tier": "web"}}, False),
        (expression("In", "v1", "v2"), True),
        (expression("In", "v1"), False),
        (expression("NotIn", "v1"), True),
        (expression("NotIn", "v2"), False),
        (expression("NotIn", "v2", key="tier"), True),
        (expression("Exists"), True),
        (expression("Exists", key="tier"), False),
        (expression("DoesNotExist"), False),
        (expression("DoesNotExist", key="tier"), True),
        (expression("Exists", key=None), False),
        (expression("NotIn", "v1", key=5), False),
        ({"matchLabels": {"app": "cart"}, **expression("In", "v1")}, False),
        ({"matchLabels": {"app": "web"}, **expression("In", "v2")}, False),
    ],
)
def test_which_labels_are_taken(selector: Any, verdict: bool) -> None:
    assert takes(selector, LABELS) is verdict


@pytest.mark.parametrize(
    "selector",
    [
        UNKNOWN,
        {"matchLabels": UNKNOWN},
        {"matchExpressions": UNKNOWN},
        {"matchLabels": {"app": UNKNOWN}},
        expression(UNKNOWN, "v1"),
        expression("In", "v1", key=UNKNOWN),
        expression("In", "v1", UNKNOWN),
        expression("NotIn", UNKNOWN),
        {"matchExpressions": [{"key": "app", "operator": "In", "values": UNKNOWN}]},
    ],
)
def test_what_depends_on_unknown_values(selector: Any) -> None:
    assert takes(selector, LABELS) is UNKNOWN


def test_unknown_labels() -> None:
    assert takes({"matchLabels": {"app": "cart"}}, UNKNOWN) is UNKNOWN
    assert takes({"matchLabels": {"app": "cart"}}, {"app": UNKNOWN}) is UNKNOWN
    assert takes(expression("In", "v1"), {"version": UNKNOWN}) is UNKNOWN
    assert takes(None, UNKNOWN) is False


def test_a_known_difference_settles_it() -> None:
    selector = {"matchLabels": {"app": "web", "version": UNKNOWN}}
    assert takes(selector, LABELS) is False
    assert takes(expression("In", "v2", UNKNOWN), LABELS) is True

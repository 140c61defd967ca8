from __future__ import annotations

from typing import Any

import pytest

from tests.policy.objects import profile
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, notes, violations

BUDGET_RULE = "linkerd-service-profile-retry-budget"
ANNOTATIONS = "linkerd-retry-annotations-bounded"

BUDGET = {"retryRatio": 0.2, "minRetriesPerSecond": 10, "ttl": "10s"}
ROUTE = {"name": "GET /", "condition": {"method": "GET"}}
RETRIED = {**ROUTE, "isRetryable": True, "timeout": "500ms"}
BOUNDED = {
    "retry.linkerd.io/http": "5xx",
    "retry.linkerd.io/limit": "3",
    "retry.linkerd.io/timeout": "500ms",
    "timeout.linkerd.io/request": "2s",
}


def budget(**changes: Any) -> Manifest:
    return profile({"routes": [RETRIED], "retryBudget": {**BUDGET, **changes}})


@pytest.mark.parametrize("route", [ROUTE, RETRIED])
def test_routes_need_a_budget(route: dict[str, Any]) -> None:
    absent: list[dict[str, Any]] = [{}, {"retryBudget": None}, {"retryBudget": {}}]
    for none in absent:
        (message,) = violations(BUDGET_RULE, profile({"routes": [route], **none}))
        assert "Add spec.retryBudget to ServiceProfile shop/cart" in message
    assert violations(BUDGET_RULE, profile({"routes": [route], "retryBudget": BUDGET})) == []


def test_a_profile_without_routes_needs_none() -> None:
    assert violations(BUDGET_RULE, profile({"routes": []})) == []
    assert violations(BUDGET_RULE, profile({"dstOverrides": []})) == []


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("retryRatio", [0.21, 1000, -0.1, "0.2", True, None]),
        ("minRetriesPerSecond", [11, -1, 2.5, "10", None]),
        ("ttl", ["999ms", "61s", "2m", "1d", "10", 10, "", None]),
    ],
)
def test_the_budget_is_within_bounds(key: str, values: list[Any]) -> None:
    for value in values:
        (message,) = violations(BUDGET_RULE, budget(**{key: value}))
        assert f"spec.retryBudget.{key}" in message


def test_a_budget_of_no_retries_passes() -> None:
    assert violations(BUDGET_RULE, budget(retryRatio=0, minRetriesPerSecond=0)) == []


@pytest.mark.parametrize(
    ("key", "allowed"),
    [("retryRatio", "a number from 0 to 0.2"), ("minRetriesPerSecond", "an integer from 0 to 10")],
)
def test_messages_say_what_is_allowed(key: str, allowed: str) -> None:
    (message,) = violations(BUDGET_RULE, budget(**{key: -1}))
    assert f"to {allowed} (found -1)" in message


@pytest.mark.parametrize("ttl", ["1s", "60s", "1m", "1m0s", "1500ms"])
def test_ttls_that_the_proxy_takes(ttl: str) -> None:
    assert violations(BUDGET_RULE, budget(ttl=ttl)) == []


def test_the_bounds_can_be_configured() -> None:
    loose = budget(retryRatio=0.5, minRetriesPerSecond=20)
    assert len(violations(BUDGET_RULE, loose)) == 2
    assert violations(BUDGET_RULE, loose, maxRetryRatio=0.5, maxRetriesPerSecond=20) == []
    assert len(violations(BUDGET_RULE, budget(), maxRetryRatio=0.1)) == 1


@pytest.mark.parametrize("key", ["retryRatio", "minRetriesPerSecond", "ttl"])
def test_an_unknown_budget_is_refused(key: str) -> None:
    (message,) = violations(BUDGET_RULE, budget(**{key: UNKNOWN_TEXT}))
    assert message.startswith(f"Write spec.retryBudget.{key} of")


@pytest.mark.parametrize(
    "spec",
    [
        UNKNOWN_MAP,
        {"routes": UNKNOWN_TEXT},
        {"routes": [ROUTE], "retryBudget": UNKNOWN_MAP},
        {"routes": [UNKNOWN_MAP], "retryBudget": BUDGET},
        {"routes": [{**RETRIED, "isRetryable": UNKNOWN_TEXT}], "retryBudget": BUDGET},
        {"routes": [{**RETRIED, "timeout": UNKNOWN_TEXT}], "retryBudget": BUDGET},
    ],
)
def test_unknown_parts_are_refused(spec: Any) -> None:
    (message,) = violations(BUDGET_RULE, profile(spec))
    assert "plain value" in message


def test_unknown_siblings_do_not_matter() -> None:
    spec = {"routes": [{**RETRIED, "name": UNKNOWN_TEXT}], "retryBudget": BUDGET}
    assert violations(BUDGET_RULE, profile(spec)) == []


@pytest.mark.parametrize("timeout", [None, "0", "0s", "1d", 5, "-1s"])
def test_a_retried_route_needs_a_timeout(timeout: Any) -> None:
    spec = {"routes": [ROUTE, {**RETRIED, "timeout": timeout}], "retryBudget": BUDGET}
    (message,) = violations(BUDGET_RULE, profile(spec))
    assert message.startswith("Set spec.routes[1].timeout")


HOLDERS = [
    ("v1", "Service"),
    ("policy.linkerd.io/v1beta3", "HTTPRoute"),
    ("gateway.networking.k8s.io/v1", "HTTPRoute"),
    ("gateway.networking.k8s.io/v1", "GRPCRoute"),
]


def annotated(annotations: Any, holder: tuple[str, str] = HOLDERS[0]) -> Manifest:
    metadata = {"name": "cart", "namespace": "shop", "annotations": annotations}
    return {"apiVersion": holder[0], "kind": holder[1], "metadata": metadata}


@pytest.mark.parametrize("holder", HOLDERS)
def test_bounded_annotations_pass(holder: tuple[str, str]) -> None:
    assert violations(ANNOTATIONS, annotated(BOUNDED, holder)) == []
    six = {**BOUNDED, "retry.linkerd.io/limit": "6"}
    (message,) = violations(ANNOTATIONS, annotated(six, holder))
    assert f"{holder[1]} shop/cart" in message


@pytest.mark.parametrize("value", ["0", "00", "6", "-1", "3.0", "many", "", 3, "9" * 5000])
def test_the_limit_is_a_small_integer_in_quotes(value: Any) -> None:
    (message,) = violations(ANNOTATIONS, annotated({**BOUNDED, "retry.linkerd.io/limit": value}))
    assert "an integer from 1 to 5, in quotes" in message


def test_where_no_retries_are_allowed_none_pass() -> None:
    """Without a limit, or with 0, Linkerd retries once."""
    without = {key: value for key, value in BOUNDED.items() if not key.endswith("limit")}
    for limit in ({}, {"retry.linkerd.io/limit": "0"}, {"retry.linkerd.io/limit": "1"}):
        (message,) = violations(ANNOTATIONS, annotated({**without, **limit}), maxLimit=0)
        assert message.startswith("Take the annotations retry.linkerd.io/... of Service shop/cart")


def test_the_limit_can_be_configured_and_left_out() -> None:
    six = annotated({**BOUNDED, "retry.linkerd.io/limit": "6"})
    assert violations(ANNOTATIONS, six, maxLimit=6) == []
    assert len(violations(ANNOTATIONS, annotated(BOUNDED), maxLimit=2)) == 1
    without = {key: value for key, value in BOUNDED.items() if not key.endswith("limit")}
    assert violations(ANNOTATIONS, annotated(without)) == []


@pytest.mark.parametrize(("kind", "value"), [("http", "5xx"), ("grpc", "unavailable")])
def test_one_kind_of_condition_is_enough(kind: str, value: str) -> None:
    others = {key: text for key, text in BOUNDED.items() if key != "retry.linkerd.io/http"}
    assert violations(ANNOTATIONS, annotated({**others, f"retry.linkerd.io/{kind}": value})) == []


def test_a_limit_alone_retries_nothing() -> None:
    found = violations(ANNOTATIONS, annotated({"retry.linkerd.io/limit": "3"}))
    assert len(found) == 3
    assert sum("without one of them no status is retried" in message for message in found) == 1


@pytest.mark.parametrize(
    ("key", "good", "bad"),
    [
        (
            "retry.linkerd.io/http",
            ["5xx", "gateway-error", "503", "500-504", "5xx,429"],
            ["4xx", "5xx, 429", "", "600", "abc", 503],
        ),
        (
            "retry.linkerd.io/grpc",
            ["unavailable", "cancelled,internal"],
            ["UNAVAILABLE", "ok", "cancelled, internal", ""],
        ),
        ("retry.linkerd.io/timeout", ["1ms", "2s", "1m"], ["0s", "0.5s", "500", "1m30s", 5]),
        ("timeout.linkerd.io/request", ["1ms", "2s", "1d"], ["0ms", "1.5s", "", None]),
    ],
)
def test_values_that_linkerd_reads(key: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert violations(ANNOTATIONS, annotated({**BOUNDED, key: value})) == [], value
    for value in bad:
        assert len(violations(ANNOTATIONS, annotated({**BOUNDED, key: value}))) == 1, value


@pytest.mark.parametrize("key", [*BOUNDED, "retry.linkerd.io/grpc"])
def test_unknown_annotations_are_refused(key: str) -> None:
    (message,) = violations(ANNOTATIONS, annotated({**BOUNDED, key: UNKNOWN_TEXT}))
    assert f'metadata.annotations["{key}"]' in message
    assert "plain value" in message


def test_an_unknown_map_waits_for_the_values() -> None:
    assert violations(ANNOTATIONS, annotated(UNKNOWN_MAP)) == []
    assert len(notes(ANNOTATIONS, annotated(UNKNOWN_MAP))) == 1


def test_timeouts_without_retries_are_accepted() -> None:
    assert violations(ANNOTATIONS, annotated({"timeout.linkerd.io/request": "2s"})) == []

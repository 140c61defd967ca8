from __future__ import annotations

from typing import Any

import pytest

from tests.policy.objects import route, thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, notes, violations

BOUNDS = "linkerd-breaker-bounds"
PLACEMENT = "linkerd-breaker-placement"
LEAF = "linkerd-breaker-leaf"

ACCRUAL = "balancer.linkerd.io/failure-accrual"
SHORT = f"{ACCRUAL}-consecutive-"
RATE = "balancer.alpha.linkerd.io/failure-accrual-success-rate-"


def breaker(mode: Any = "consecutive", name: str = "cart", **values: Any) -> Manifest:
    """A Service; ``max_failures`` stands for its annotation ...-consecutive-max-failures."""
    annotations = {} if mode is None else {ACCRUAL: mode}
    for key, value in values.items():
        word = key.replace("_", "-")
        rate = word.startswith("rate-")
        annotations[f"{RATE}{word[5:]}" if rate else f"{SHORT}{word}"] = value
    return thing("v1", "Service", name, None, **annotations)


@pytest.mark.parametrize(
    "manifest",
    [
        breaker(),
        breaker("unified"),
        breaker(max_failures="1"),
        breaker(max_failures="20"),
        breaker("unified", max_failures="0"),
        breaker(min_penalty="30s", max_penalty="60s"),
        breaker(min_penalty="60s"),
        breaker(min_penalty="10s", max_penalty="10s"),
        breaker(max_penalty="10m"),
        breaker(max_penalty="1s"),
        breaker(jitter_ratio="0"),
        breaker(jitter_ratio="0.5"),
        breaker(jitter_ratio="100"),
        breaker("unified", rate_threshold="0", rate_window="10ms", rate_min_requests="0"),
        breaker("unified", rate_threshold="1", rate_window="1d", rate_min_requests="1000000"),
        thing("v1", "Service", "cart"),
        thing("v1", "Service", "cart", None, **{"example.com/owner": UNKNOWN_TEXT}),
    ],
)
def test_values_that_linkerd_reads(manifest: Manifest) -> None:
    assert violations(BOUNDS, manifest) == []


@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        (breaker("consecutiv"), f'["{ACCRUAL}"]'),
        (breaker(""), f'["{ACCRUAL}"]'),
        (breaker(None, max_failures="3"), f'["{ACCRUAL}"]'),
        (breaker(None, rate_window="10s"), f'["{ACCRUAL}"]'),
        (breaker(max_failures="0"), "max-failures"),
        (breaker(max_failures="21"), "max-failures"),
        (breaker(max_failures=3), "max-failures"),
        (breaker(max_failures="2.5"), "max-failures"),
        (breaker("unified", max_failures="-1"), "max-failures"),
        (breaker(min_penalty="0.5s"), "min-penalty"),
        (breaker(min_penalty="0s"), "min-penalty"),
        (breaker(max_penalty="10"), "max-penalty"),
        (breaker(max_penalty="0ms"), "max-penalty"),
        (breaker(min_penalty="61s"), "max-penalty"),
        (breaker(max_penalty="999ms"), "max-penalty"),
        (breaker(min_penalty="10s", max_penalty="9s"), "max-penalty"),
        (breaker(max_penalty="601s"), "max-penalty"),
        (breaker(jitter_ratio="-0.1"), "jitter-ratio"),
        (breaker(jitter_ratio="100.1"), "jitter-ratio"),
        (breaker(jitter_ratio="half"), "jitter-ratio"),
        (breaker("unified", rate_threshold="1.1"), "threshold"),
        (breaker("unified", rate_window="9ms"), "window"),
        (breaker("unified", rate_window="10"), "window"),
        (breaker("unified", rate_min_requests="1000001"), "min-requests"),
        (breaker("unified", rate_min_requests="0.5"), "min-requests"),
        (breaker(rate_threshold="0.5"), "threshold"),
        (breaker(rate_window="10s"), "window"),
        (breaker(rate_min_requests="5"), "min-requests"),
    ],
)
def test_values_that_switch_the_breaker_off(manifest: Manifest, path: str) -> None:
    (message,) = violations(BOUNDS, manifest)
    assert path in message
    assert "Service shop/cart" in message


def test_what_was_found_is_shown_where_it_can_be_no_secret() -> None:
    assert 'found "0.5s"' in violations(BOUNDS, breaker(min_penalty="0.5s"))[0]
    assert "found 9s" in violations(BOUNDS, breaker(min_penalty="10s", max_penalty="9s"))[0]
    assert "hunter2" not in violations(BOUNDS, breaker(max_failures="hunter2"))[0]
    assert "hunter2" not in violations(BOUNDS, breaker("hunter2"))[0]


@pytest.mark.parametrize(
    ("manifest", "allowed"),
    [
        (breaker(max_failures="0"), "an integer from 1 to 20"),
        (breaker("unified", max_failures="21"), "an integer from 0 to 20"),
        (breaker(jitter_ratio="101"), "a number from 0 to 100"),
    ],
)
def test_messages_say_what_is_allowed(manifest: Manifest, allowed: str) -> None:
    (message,) = violations(BOUNDS, manifest)
    assert f"to {allowed}, in quotes" in message


@pytest.mark.parametrize("key", ["max_failures", "min_penalty", "max_penalty", "jitter_ratio"])
def test_unknown_values_are_refused(key: str) -> None:
    (message,) = violations(BOUNDS, breaker(**{key: UNKNOWN_TEXT}))
    assert f"{SHORT}{key.replace('_', '-')}" in message
    assert "plain value" in message


@pytest.mark.parametrize("key", ["rate_threshold", "rate_window", "rate_min_requests"])
def test_unknown_success_rates_are_refused(key: str) -> None:
    (message,) = violations(BOUNDS, breaker("unified", **{key: UNKNOWN_TEXT}))
    assert "plain value" in message


def test_an_unknown_mode_is_refused() -> None:
    (message,) = violations(BOUNDS, breaker(UNKNOWN_TEXT))
    assert "plain value" in message


def test_unknown_annotations_are_noted() -> None:
    unknown = {"apiVersion": "v1", "kind": "Service", "metadata": {"annotations": UNKNOWN_MAP}}
    assert violations(BOUNDS, unknown) == []
    assert len(notes(BOUNDS, unknown)) == 1


def test_the_bounds_can_be_configured() -> None:
    unified = breaker("unified", max_failures="0")
    assert len(violations(BOUNDS, unified, allowedModes=["consecutive"])) == 1
    assert violations(BOUNDS, breaker(max_failures="21"), maxFailures=21) == []
    assert len(violations(BOUNDS, breaker(max_failures="3"), maxFailures=2)) == 1
    assert violations(BOUNDS, breaker(max_penalty="601s"), maxPenaltySeconds=601) == []
    assert len(violations(BOUNDS, breaker(), maxPenaltySeconds=59)) == 1
    assert violations(BOUNDS, breaker(), maxPenaltySeconds=60) == []


MARK = {ACCRUAL: "consecutive"}


@pytest.mark.parametrize(
    "manifest",
    [
        thing("apps/v1", "Deployment", "cart", None, **MARK),
        thing("apps/v1", "Deployment", "cart", {"template": {"metadata": {"annotations": MARK}}}),
        thing("v1", "Pod", "cart", None, **MARK),
        thing("v1", "Namespace", "cart", None, **MARK),
        thing("linkerd.io/v1alpha2", "ServiceProfile", "cart.a.svc.b", None, **MARK),
        thing("policy.linkerd.io/v1beta3", "HTTPRoute", "cart", None, **MARK),
        thing("apps/v1", "Deployment", "cart", None, **{f"{RATE}window": UNKNOWN_TEXT}),
    ],
)
def test_a_breaker_that_linkerd_does_not_read(manifest: Manifest) -> None:
    (message,) = violations(PLACEMENT, manifest)
    assert message.startswith("Move ")
    assert violations(PLACEMENT, {**manifest, "kind": "ConfigMap", "apiVersion": "v1"}) == []


def test_other_annotations_stay() -> None:
    calm = thing("apps/v1", "Deployment", "cart", None, **{"retry.linkerd.io/http": "5xx"})
    assert violations(PLACEMENT, calm, breaker()) == []
    unknown = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": UNKNOWN_MAP}
    assert violations(PLACEMENT, unknown) == []


ROUTE = route({"name": "cart", "port": 80}, {"name": "cart-v2", "port": 80})


def test_a_breaker_behind_a_route() -> None:
    (message,) = violations(LEAF, breaker(name="cart-v2"), ROUTE)
    assert "of Service shop/cart-v2 to the parent Service of HTTPRoute shop/cart" in message
    assert len(violations(LEAF, ROUTE, breaker(name="cart-v2"))) == 1


@pytest.mark.parametrize(
    "stack",
    [
        [breaker(), ROUTE],
        [breaker(name="cart-v2")],
        [breaker(name="cart-v3"), ROUTE],
        [
            breaker(name="cart-v2"),
            ROUTE,
            route(name="own") | {"spec": {"parentRefs": [{"kind": "Service", "name": "cart-v2"}]}},
        ],
        [
            breaker(name="cart-v2"),
            route({"name": "cart-v2"}, kind="HTTPRoute")
            | {
                "spec": {
                    "parentRefs": [{"name": "ingress"}],
                    "rules": [{"backendRefs": [{"name": "cart-v2"}]}],
                }
            },
        ],
        [breaker(None, name="cart-v2"), ROUTE],
        [thing("v1", "ConfigMap", "cart-v2", None, **MARK), ROUTE],
    ],
)
def test_breakers_that_count(stack: list[Manifest]) -> None:
    assert violations(LEAF, *stack) == []


def test_a_service_of_unknown_name_beside_a_route() -> None:
    (message,) = violations(LEAF, breaker(name=UNKNOWN_TEXT), ROUTE)
    assert "plain value" in message
    assert violations(LEAF, breaker(name=UNKNOWN_TEXT)) == []

from __future__ import annotations

from typing import Any

import pytest

from tests.policy.objects import profile, thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, Pack, violations

BREAKER = "linkerd-breaker-profile-clash"
RETRY = "linkerd-retry-profile-clash"
ROUTE = "linkerd-route-profile-clash"

ROUTES = [{"name": "GET /", "condition": {"method": "GET"}}]
OVERRIDES = [{"authority": "a.shop.svc.cluster.local", "weight": "1"}]


def service(key: str, name: Any = "cart") -> Manifest:
    return thing("v1", "Service", name, None, **{key: "1"})


def route(kind: str = "HTTPRoute", **parent: Any) -> Manifest:
    parents = [{"group": "core", "kind": "Service", "name": "cart", "port": 80, **parent}]
    return thing("gateway.networking.k8s.io/v1", kind, "r", {"parentRefs": parents})


def split(apex: Any = "cart", version: str = "v1alpha2") -> Manifest:
    return thing(f"split.smi-spec.io/{version}", "TrafficSplit", "s", {"service": apex})


OVERRIDING = [
    profile({"routes": ROUTES}),
    profile({"dstOverrides": OVERRIDES}),
    profile({"routes": UNKNOWN_TEXT}),
    profile(UNKNOWN_MAP),
    split(),
    split(version="v1alpha1"),
    split("cart.shop.svc.cluster.local"),
]
HARMLESS = [
    profile({"routes": [], "opaquePorts": []}),
    profile({"routes": ROUTES}, "web.shop.svc.cluster.local"),
    profile({"routes": ROUTES}, "cart.other.svc.cluster.local"),
    profile({"routes": ROUTES}, "cart"),
    profile({"routes": ROUTES}, "cart.shop.example.com"),
    split("web"),
    split(None),
]
AFFECTED = [
    (BREAKER, service("balancer.linkerd.io/failure-accrual")),
    (BREAKER, service("balancer.linkerd.io/failure-accrual-consecutive-max-failures")),
    (RETRY, service("retry.linkerd.io/http")),
    (RETRY, service("timeout.linkerd.io/request")),
    (ROUTE, route()),
    (ROUTE, route(group="")),
    (ROUTE, route("GRPCRoute", namespace="shop")),
    (ROUTE, {**route(), "apiVersion": "policy.linkerd.io/v1beta3"}),
]


@pytest.mark.parametrize(("rule", "affected"), AFFECTED)
@pytest.mark.parametrize("other", OVERRIDING)
def test_clashes_are_refused_in_any_order(rule: str, affected: Manifest, other: Manifest) -> None:
    (message,) = violations(rule, affected, other)
    assert "Service shop/cart" in message
    assert len(violations(rule, other, affected)) == 1


@pytest.mark.parametrize(("rule", "affected"), AFFECTED)
@pytest.mark.parametrize("other", HARMLESS)
def test_what_does_not_meet_does_not_clash(rule: str, affected: Manifest, other: Manifest) -> None:
    assert violations(rule, affected, other) == []
    assert violations(rule, affected) == []
    assert violations(rule, other) == []


def test_the_object_that_would_do_nothing_is_named() -> None:
    response = Pack().stack([profile({"routes": ROUTES}), service("retry.linkerd.io/http")])
    (diagnostic,) = [d for d in response.diagnostics if d.policyName == RETRY]
    assert diagnostic.urn == "urn:1"


@pytest.mark.parametrize(
    "affected",
    [
        thing("policy.linkerd.io/v1beta3", "HTTPRoute", "r", {"parentRefs": [{"kind": "Server"}]}),
        route(namespace="other"),
        route(name="web"),
        service("retry.linkerd.io/http", "web"),
        thing("v1", "ConfigMap", "cart", None, **{"retry.linkerd.io/http": "5xx"}),
    ],
)
def test_other_parents_and_services_are_accepted(affected: Manifest) -> None:
    for rule in (BREAKER, RETRY, ROUTE):
        assert violations(rule, affected, profile({"routes": ROUTES})) == []


@pytest.mark.parametrize(
    ("rule", "manifests"),
    [
        (BREAKER, [service("balancer.linkerd.io/failure-accrual", UNKNOWN_TEXT), split("web")]),
        (BREAKER, [service("balancer.linkerd.io/failure-accrual"), split(UNKNOWN_TEXT)]),
        (ROUTE, [route(name=UNKNOWN_TEXT), split("web")]),
        (ROUTE, [route(), profile({"routes": ROUTES}, UNKNOWN_TEXT)]),
    ],
)
def test_unknown_names_are_refused_where_a_clash_is_possible(
    rule: str, manifests: list[Manifest]
) -> None:
    (message,) = violations(rule, *manifests)
    assert "plain value" in message
    assert all(violations(rule, manifest) == [] for manifest in manifests)


def test_an_unknown_object_elsewhere_hides_no_clash() -> None:
    stack = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": UNKNOWN_MAP},
        {"apiVersion": "v1", "kind": "Service", "metadata": UNKNOWN_MAP},
        service("balancer.linkerd.io/failure-accrual"),
        split(),
    ]
    assert len(violations(BREAKER, *stack)) == 1

from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.framework.changes import applied
from linkerd_policies.framework.model import Change
from tests.policy.objects import profile, release
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, Pack, secret, violations

NAMESPACE, BUDGET = "linkerd-namespace-strict-mtls", "linkerd-service-profile-retry-budget"
PROXIES = "linkerd-proxy-resources"
CPU, MEMORY = "config.linkerd.io/proxy-cpu-request", "config.linkerd.io/proxy-memory-limit"
INJECT, POLICY = "linkerd.io/inject", "config.linkerd.io/default-inbound-policy"
ROUTES = [{"name": "GET /", "isRetryable": True, "timeout": "1s"}]


def _pack(rule: str, **settings: Any) -> Pack:
    return Pack({rule: {"enforcementLevel": "remediate", **settings}})


def _namespace(annotations: Any) -> Manifest:
    metadata = {"name": "shop", "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({INJECT: "enabled"}, {INJECT: "enabled", POLICY: "all-authenticated"}),
        ({INJECT: "ingress", "a": "b"}, {INJECT: "ingress", "a": "b", POLICY: "all-authenticated"}),
        ({POLICY: "deny"}, {POLICY: "deny", INJECT: "enabled"}),
    ],
    ids=["policy", "policy-ingress", "injection"],
)
def test_a_namespace_gets_what_it_leaves_out(before: Any, after: Any) -> None:
    (mended,) = _pack(NAMESPACE).remediate(_namespace(before))
    assert mended == _namespace(after)
    assert violations(NAMESPACE, mended) == []


@pytest.mark.parametrize(
    "annotations",
    [
        {},
        None,
        {"a": "b"},
        {INJECT: "disabled"},
        {INJECT: "disabled", POLICY: "deny"},
        {INJECT: "enabled", POLICY: "deny"},
        {INJECT: "enabled", POLICY: "all-unauthenticated"},
        {POLICY: "all-unauthenticated"},
        {INJECT: "enabled", POLICY: UNKNOWN_TEXT},
        {INJECT: UNKNOWN_TEXT},
        UNKNOWN_MAP,
    ],
    ids=str,
)
def test_values_that_are_written_or_unknown_stay(annotations: Any) -> None:
    assert _pack(NAMESPACE).remediate(_namespace(annotations)) == []


def test_the_policy_is_one_that_the_settings_allow() -> None:
    pack = _pack(NAMESPACE, allowedPolicies=["cluster-authenticated"])
    (mended,) = pack.remediate(_namespace({INJECT: "enabled"}))
    assert mended["metadata"]["annotations"][POLICY] == "cluster-authenticated"


@pytest.mark.parametrize("config", [{}, {NAMESPACE: {"enforcementLevel": "mandatory"}}])
def test_nothing_is_mended_unless_it_is_asked_for(config: Any) -> None:
    assert Pack(config).remediate(_namespace({INJECT: "enabled"})) == []


def test_what_a_remediation_leaves_is_refused() -> None:
    weak = _namespace({INJECT: "enabled", POLICY: "all-unauthenticated"})
    (diagnostic,) = _pack(NAMESPACE).resource(weak).diagnostics
    assert diagnostic.enforcementLevel == 1


def test_a_profile_gets_linkerds_budget() -> None:
    (mended,) = _pack(BUDGET).remediate(profile({"routes": ROUTES}))
    assert mended["spec"]["retryBudget"] == {
        "retryRatio": 0.2,
        "minRetriesPerSecond": 10,
        "ttl": "10s",
    }
    assert violations(BUDGET, mended) == []


def test_the_budget_keeps_to_the_settings() -> None:
    settings = {"maxRetryRatio": 0.1, "maxRetriesPerSecond": 5}
    (mended,) = _pack(BUDGET, **settings).remediate(profile({"routes": ROUTES}))
    assert mended["spec"]["retryBudget"]["retryRatio"] == 0.1
    assert mended["spec"]["retryBudget"]["minRetriesPerSecond"] == 5


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"routes": []},
        {"routes": UNKNOWN_TEXT},
        {"routes": ROUTES, "retryBudget": {}},
        {"routes": ROUTES, "retryBudget": {"retryRatio": 0.9}},
        {"routes": ROUTES, "retryBudget": UNKNOWN_MAP},
    ],
    ids=["none", "empty", "unknown", "empty-budget", "budget", "unknown-budget"],
)
def test_profiles_that_are_left_alone(spec: Any) -> None:
    assert _pack(BUDGET).remediate(profile(spec)) == []


def _release(values: Any, chart: Any = "linkerd-control-plane") -> Manifest:
    return release(chart, values=values)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"cpu": {"request": "100m"}, "memory": {"limit": "250Mi"}}),
        ({"proxy": None}, {"cpu": {"request": "100m"}, "memory": {"limit": "250Mi"}}),
        (
            {"proxy": {"resources": {"cpu": {"request": "10m", "limit": "1"}}}},
            {"cpu": {"request": "10m", "limit": "1"}, "memory": {"limit": "250Mi"}},
        ),
        (
            {"proxy": {"resources": {"cpu": {"request": ""}, "memory": {"limit": "1Gi"}}}},
            {"cpu": {"request": "100m"}, "memory": {"limit": "1Gi"}},
        ),
    ],
    ids=["none", "null", "memory", "cpu"],
)
def test_a_control_plane_gets_the_charts_own_resources(before: Any, after: Any) -> None:
    mended = _pack(PROXIES).remediate(_release(before))[-1]
    assert mended == _release({**before, "proxy": {"resources": after}})


@pytest.mark.parametrize(
    "release",
    [
        _release({"proxy": {"resources": {"cpu": {"request": "1"}, "memory": {"limit": "1Gi"}}}}),
        _release({"proxy": {"resources": UNKNOWN_MAP}}),
        _release(UNKNOWN_MAP),
        _release({"proxy": "none"}),
        _release({}, chart="linkerd-viz"),
        _release({}, chart=UNKNOWN_TEXT),
    ],
    ids=["decided", "unknown", "unknown-values", "no-map", "viz", "unknown-chart"],
)
def test_releases_that_are_left_alone(release: Manifest) -> None:
    assert _pack(PROXIES).remediate(release) == []


def test_an_injected_namespace_gets_resources_only_where_they_are_always_wanted() -> None:
    injected = {INJECT: "enabled", CPU: "1"}
    assert _pack(PROXIES).remediate(_namespace(injected)) == []
    always = _pack(PROXIES, always=True)
    assert always.remediate(_namespace(injected)) == [_namespace({**injected, MEMORY: "250Mi"})]
    for left in ({INJECT: "disabled"}, {}, {INJECT: UNKNOWN_TEXT}, UNKNOWN_MAP):
        assert always.remediate(_namespace(left)) == []


def test_the_items_of_a_list_are_left_alone() -> None:
    items = [_namespace({INJECT: "enabled"})]
    assert _pack(NAMESPACE).remediate({"apiVersion": "v1", "kind": "List", "items": items}) == []


def test_secrets_and_unknown_values_pass_untouched() -> None:
    before = _namespace(secret({INJECT: "enabled", "token": "x", "later": UNKNOWN_TEXT}))
    before["data"] = secret("y")
    (mended,) = _pack(NAMESPACE).remediate(before)
    annotations = {"token": "x", "later": UNKNOWN_TEXT, POLICY: "all-authenticated"}
    assert mended == {
        **_namespace(secret({INJECT: "enabled", **annotations})),
        "data": secret("y"),
    }


def test_a_change_copies_what_it_goes_through() -> None:
    before = {"a": {"b": {"c": 1}}}
    changes = [Change(("a", "b", "d"), 2), Change(("x", "y"), 3)]
    assert applied(before, changes) == {"a": {"b": {"c": 1, "d": 2}}, "x": {"y": 3}}
    assert before == {"a": {"b": {"c": 1}}}


def test_the_policy_is_the_usual_one_wherever_the_settings_list_it() -> None:
    pack = _pack(NAMESPACE, allowedPolicies=["deny", "all-authenticated"])
    (mended,) = pack.remediate(_namespace({INJECT: "enabled"}))
    assert mended["metadata"]["annotations"][POLICY] == "all-authenticated"


def test_values_that_are_no_map_are_left_alone() -> None:
    assert _pack(PROXIES).remediate(_release("none")) == []


def test_kinds_without_a_remediation_are_left_alone() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "shop"}}
    assert _pack(NAMESPACE).remediate(service) == []

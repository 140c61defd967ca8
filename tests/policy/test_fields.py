from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.reading.crd_fields import SPECS
from tests.policy.objects import profile, route, thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, notes, violations

FIELDS = "linkerd-unknown-fields"

ROUTE = {"name": "GET /", "condition": {"method": "GET"}}
BUDGET = {"retryRatio": 0.2, "minRetriesPerSecond": 10, "ttl": "10s"}


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"routes": [{**ROUTE, "retries": {"limit": 3}}]}, "spec.routes[0].retries"),
        ({"routes": [ROUTE, {**ROUTE, "retryLimit": 3}]}, "spec.routes[1].retryLimit"),
        ({"retries": {}}, "spec.retries"),
        ({"retryBudget": {**BUDGET, "limit": 3}}, "spec.retryBudget.limit"),
        (
            {"routes": [{**ROUTE, "responseClasses": [{"isFailure": True, "retry": True}]}]},
            "spec.routes[0].responseClasses[0].retry",
        ),
    ],
)
def test_made_up_fields_are_refused(spec: dict[str, Any], path: str) -> None:
    (message,) = violations(FIELDS, profile(spec))
    assert message.startswith(f"Remove {path} from ServiceProfile shop/")
    assert ("use isRetryable and spec.retryBudget" in message) is path.endswith(".retries")


def nested(path: str) -> Any:
    """A spec with nothing but a value at a path such as ``rules[0].timeout``."""
    value: Any = 1
    for step in reversed(path.split(".")):
        name, _, index = step.partition("[")
        value = {name: [value] if index else value}
    return value


SPLIT, POLICY = "split.smi-spec.io", "policy.linkerd.io"


@pytest.mark.parametrize(
    ("kind", "path", "hint"),
    [
        (f"{SPLIT}/v1alpha2/TrafficSplit", "backend", "backends"),
        (f"{SPLIT}/v1alpha1/TrafficSplit", "backends[0].weigth", "weight"),
        (f"{POLICY}/v1beta3/Server", "podSelecter", "podSelector"),
        (f"{POLICY}/v1beta1/Server", "podSelector.matchLabel", "matchLabels"),
        (f"{POLICY}/v1beta1/ServerAuthorization", "client.meshTls", "meshTLS"),
        (
            f"{POLICY}/v1alpha1/AuthorizationPolicy",
            "requiredAuthenticationRef",
            "requiredAuthenticationRefs",
        ),
        (f"{POLICY}/v1alpha1/MeshTLSAuthentication", "identityRefs[0].names", "name"),
        (f"{POLICY}/v1alpha1/MeshTLSAuthentication", "identityRef", "identityRefs"),
        (f"{POLICY}/v1alpha1/NetworkAuthentication", "networks[0].cidrs", "cidr"),
        (f"{POLICY}/v1beta3/HTTPRoute", "rules[0].timeout", "timeouts"),
        (f"{POLICY}/v1alpha1/EgressNetwork", "trafficpolicy", "trafficPolicy"),
        (
            f"{POLICY}/v1alpha1/HTTPLocalRateLimitPolicy",
            "total.requestPerSecond",
            "requestsPerSecond",
        ),
        ("workload.linkerd.io/v1beta1/ExternalWorkload", "meshTls", "meshTLS"),
    ],
)
def test_slips_are_named_with_the_nearest_field(kind: str, path: str, hint: str) -> None:
    version, _, name = kind.rpartition("/")
    (message,) = violations(FIELDS, thing(version, name, "cart", nested(path)))
    assert message.startswith(f"Remove spec.{path} from {name} shop/cart")
    assert f"did you mean {hint}?" in message


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute"])
def test_routes_of_a_service(kind: str) -> None:
    good, bad = route({"name": "a"}, kind=kind), route({"name": "a", "weigth": 1}, kind=kind)
    assert violations(FIELDS, good) == []
    (message,) = violations(FIELDS, bad)
    assert "spec.rules[0].backendRefs[0].weigth" in message
    bad["spec"]["parentRefs"] = [{"name": "ingress"}]
    assert violations(FIELDS, bad) == []


@pytest.mark.parametrize(("version", "kind"), sorted(SPECS), ids=lambda value: value)
def test_a_misplaced_field_at_the_top(version: str, kind: str) -> None:
    spec = {"parentRefs": [{"kind": "Service", "name": "a"}]} if kind[-5:] == "Route" else {}
    good = {**thing(version, kind, "cart", spec), "status": {}, "__fieldManager": "x"}
    assert violations(FIELDS, good) == []
    (message,) = violations(FIELDS, {**good, "specs": {}})
    assert "Remove specs from" in message
    assert "did you mean spec?" in message


def test_a_field_that_only_another_version_has() -> None:
    def found(version: str, **spec: Any) -> list[str]:
        return violations(FIELDS, thing(f"policy.linkerd.io/{version}", "Server", "a", spec))

    assert found("v1beta3", accessPolicy="deny") == []
    assert len(found("v1beta1", accessPolicy="deny")) == 1
    assert found("v9", new=1) == []


def test_all_fields_are_named_where_none_is_near() -> None:
    (message,) = violations(
        FIELDS, thing("split.smi-spec.io/v1alpha2", "TrafficSplit", "a", {"xyz": 1})
    )
    assert "there are backends, service." in message


def test_real_fields_pass_even_when_unknown() -> None:
    route = dict.fromkeys(("name", "condition", "isRetryable", "timeout"), UNKNOWN_TEXT)
    spec = {"routes": [route], "retryBudget": BUDGET, "dstOverrides": UNKNOWN_TEXT}
    assert violations(FIELDS, profile(spec)) == []
    unknown_value = {"routes": [{**ROUTE, "retries": UNKNOWN_TEXT}]}
    assert len(violations(FIELDS, profile(unknown_value))) == 1


@pytest.mark.parametrize(
    "spec", [UNKNOWN_MAP, {"routes": UNKNOWN_TEXT}, {"routes": [UNKNOWN_TEXT]}]
)
def test_what_cannot_be_looked_into_is_noted(spec: Any) -> None:
    assert violations(FIELDS, profile(spec)) == []
    assert len(notes(FIELDS, profile(spec))) == 1


def test_a_hidden_part_hides_no_slip_elsewhere() -> None:
    spec = {"routes": UNKNOWN_TEXT, "retries": {}}
    assert len(violations(FIELDS, profile(spec))) == 1

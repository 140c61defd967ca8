"""NetworkPolicies beyond the local stack: networks, externals, operators, and the switch."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.components import program

pytestmark = pytest.mark.slow

POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"


def policies(stack: str = "dev", **changes: Any) -> dict[str, dict[str, Any]]:
    return {name: p["spec"] for name, p in program.once(stack, **changes).of(POLICY).items()}


def ports(rule: dict[str, Any]) -> list[int]:
    return [entry["port"] for entry in rule.get("ports", ())]


def test_network_policies_can_be_turned_off() -> None:
    assert policies(networkPolicies=False) == {}


def test_all_other_traffic_is_denied_in_both_directions() -> None:
    deny = policies()["default-deny"]
    assert deny["policyTypes"] == ["Ingress", "Egress"]
    assert deny["podSelector"] == {}
    assert not deny.get("ingress")
    assert not deny.get("egress")


def test_limited_networks_reach_the_gateway() -> None:
    rules = policies(gateway={"cidrs": ["203.0.113.0/24"]})["api-gateway-callers"]["ingress"]
    assert {"from": [{"ipBlock": {"cidr": "203.0.113.0/24"}}], "ports": rules[-1]["ports"]} == (
        rules[-1]
    )
    assert ports(rules[-1]) == [8080]


def test_every_client_reaches_the_gateway_by_default() -> None:
    assert "from" not in policies()["api-gateway-callers"]["ingress"][-1]


def test_an_external_without_a_stand_in_is_reached_on_its_port() -> None:
    outside = [
        rule for rule in policies("prod")["payment-service-calls"]["egress"] if "to" not in rule
    ]
    assert [ports(rule) for rule in outside] == [[443]]
    inside = policies("dev")["payment-service-calls"]["egress"]
    assert [rule for rule in inside if "to" not in rule] == []


@pytest.mark.parametrize(("port", "expected"), [(6380, [6380]), (None, [])])
def test_an_endpoint_elsewhere_is_reached_on_its_port(
    port: int | None, expected: list[int]
) -> None:
    endpoint = {"url": "rediss://redis.example:6380", **({"port": port} if port else {})}
    egress = policies(endpoints={"redis": endpoint})["auth-service-calls"]["egress"]
    assert [ports(rule) for rule in egress if "to" not in rule] == [expected]


def test_an_operators_instances_reach_the_api_server() -> None:
    found = policies(stores={"product-db": {"operator": "cloudnative-pg"}})["product-db-operator"]
    assert ports(found["egress"][0]) == [443, 6443]
    assert ports(found["ingress"][0]) == [8000]


def test_an_external_scraper_and_collector_are_allowed() -> None:
    linkerd = {
        "release": "2.20",
        "viz": "off",
        "scraper": {"serviceAccount": "prometheus", "namespace": "monitoring"},
        "tracing": "external",
        "collector": {
            "endpoint": "otel.tracing:4317",
            "serviceAccount": "otel",
            "namespace": "tracing",
        },
    }
    mesh = policies(linkerd=linkerd)["mesh"]
    [scraper] = mesh["ingress"]
    assert scraper["from"][0]["namespaceSelector"]["matchLabels"] == {
        "kubernetes.io/metadata.name": "monitoring"
    }
    assert ports(scraper) == [4191]
    assert "tracing" in str(mesh["egress"])

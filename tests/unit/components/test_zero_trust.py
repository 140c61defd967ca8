"""Every pair of services under mocks, in the modes that the real cluster of the tests is not in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cluster.linkerd.authorization import (
    PROXY,
    Client,
    LinkerdPolicy,
    Manifest,
    Request,
    identity,
)
from tests.support.access import narrowed
from tests.support.catalogue import NAMESPACE, SERVICES, STORES, declared, port
from tests.unit.components import program

pytestmark = pytest.mark.slow

OUTSIDE, UNMESHED = Client("198.51.100.7"), Client("10.1.0.9")
PARTNER = Client("203.0.113.7")
PROMETHEUS = Client("10.1.0.8", identity("prometheus", "linkerd-viz"))
ANY = Request(path="/any")


def meshed(account: str, namespace: str = NAMESPACE) -> Client:
    return Client("10.1.0.7", identity(account, namespace))


class World:
    """The objects that the program registers, and the pods that its templates would make."""

    def __init__(self, outcome: program.Outcome) -> None:
        objects = [r.inputs for r in outcome.registered if "kind" in r.inputs]
        self.policy = LinkerdPolicy(objects)
        kinds = ("apps/v1:Deployment", "apps/v1:StatefulSet")
        self.pods = {
            inputs["metadata"]["name"]: _injected(inputs["spec"]["template"])
            for kind in kinds
            for inputs in outcome.of(f"kubernetes:{kind}").values()
        }

    def allows(self, client: Client, name: str, port: int, request: Request = ANY) -> bool:
        return self.policy.allows(client, self.pods[name], port, request)


def _injected(template: Manifest) -> Manifest:
    """The pod as Linkerd's injector leaves it, as far as policies look at it."""
    probe = {"httpGet": {"path": "/live", "port": 4191}}
    ports = [{"name": "linkerd-admin", "containerPort": 4191}]
    proxy = {"name": PROXY, "ports": ports, "livenessProbe": probe}
    metadata = template["metadata"]
    return {
        "metadata": {
            "namespace": NAMESPACE,
            "annotations": metadata["annotations"],
            "labels": {**metadata["labels"], "linkerd.io/control-plane-ns": "linkerd"},
        },
        "spec": {"containers": [*template["spec"]["containers"], proxy]},
    }


def world(policy: str, **changes: Any) -> World:
    linkerd = {"release": "2.20", "defaultInboundPolicy": policy}
    return World(program.once("dev", kubernetes=(1, 33), linkerd=linkerd, **changes))


@pytest.mark.parametrize("policy", ["deny", "all-authenticated", "cluster-authenticated"])
def test_exactly_the_declared_calls_are_allowed(policy: str) -> None:
    found = world(policy, gateway={"cidrs": ["203.0.113.0/24"]})
    ports = {name: port(name) for name in (*SERVICES, *STORES)}
    callers = [*ports, *(f"{store}-backup" for store in STORES), "default"]
    allowed = {
        (caller, callee)
        for caller in callers
        for callee, its in ports.items()
        if found.allows(meshed(caller), callee, its)
    }
    assert allowed == declared()
    for client in (OUTSIDE, UNMESHED, meshed("curl", "default"), PROMETHEUS):
        assert not [name for name, its in ports.items() if found.allows(client, name, its)]
    open_to_partner = [name for name, its in ports.items() if found.allows(PARTNER, name, its)]
    assert open_to_partner == ["api-gateway"]
    # A canary's pods have the authorization of their service.
    assert found.allows(meshed("api-gateway"), "user-service-v2", 8080)
    assert not found.allows(meshed("frontend"), "user-service-v2", 8080)


def test_flaggers_primary_pods_have_the_authorization_of_their_service() -> None:
    linkerd = {"release": "2.20", "defaultInboundPolicy": "deny", "flagger": "install"}
    canaries = {"auth-service": {"mode": "automated"}}
    found = World(program.run("dev", kubernetes=(1, 33), linkerd=linkerd, canaries=canaries))
    copied = found.pods["auth-service"]["metadata"]["labels"]
    copied["app.kubernetes.io/name"] = "auth-service-primary"
    assert found.allows(meshed("api-gateway"), "auth-service", 8080)
    assert not found.allows(meshed("frontend"), "auth-service", 8080)


@pytest.mark.parametrize(
    ("policy", "reached"), [("deny", False), ("all-authenticated", True), ("audit", True)]
)
def test_a_port_that_nobody_declares_has_the_default(policy: str, reached: bool) -> None:
    found = world(policy)
    assert found.allows(meshed("frontend"), "auth-service", 9999) is reached
    assert found.allows(UNMESHED, "auth-service", 9999) is (policy == "audit")


def test_deny_leaves_probes_and_scrapes_alone() -> None:
    found = world("deny")
    assert found.allows(UNMESHED, "frontend", 8080, Request(path="/healthz"))
    assert not found.allows(UNMESHED, "frontend", 8080, Request(path="/healthz/more"))
    for name in ("auth-service", "redis"):
        assert found.allows(PROMETHEUS, name, 4191, Request(path="/metrics"))
        assert not found.allows(meshed("frontend"), name, 4191, Request(path="/metrics"))
        assert found.allows(UNMESHED, name, 4191, Request(path="/live"))
        assert not found.allows(UNMESHED, name, 4191, Request(path="/metrics"))


def test_deny_without_the_scrapers_objects_would_stop_the_scrapes() -> None:
    linkerd = {"release": "2.20", "defaultInboundPolicy": "deny", "viz": "off"}
    found = World(program.run("dev", kubernetes=(1, 33), linkerd=linkerd))
    assert not found.allows(PROMETHEUS, "auth-service", 4191, Request(path="/metrics"))


def test_an_audit_refuses_nobody() -> None:
    found = world("audit")
    for client in (OUTSIDE, UNMESHED, meshed("frontend")):
        assert found.allows(client, "redis", 6379)
        assert found.allows(client, "payment-service", 8080)


def test_behind_an_ingress_only_the_controller_reaches_the_gateway() -> None:
    entry: dict[str, Any] = {"kind": "ingress", "host": "shop.example.com", "className": "nginx"}
    controller = {"serviceAccount": "ingress-nginx", "namespace": "ingress"}
    found = world("deny", gateway={**entry, "controller": controller})
    assert found.allows(meshed("ingress-nginx", "ingress"), "api-gateway", 8080)
    for client in (OUTSIDE, UNMESHED, meshed("ingress-nginx", "default")):
        assert not found.allows(client, "api-gateway", 8080)
    found = world("deny", gateway={**entry, "cidrs": ["10.1.0.0/28"]})
    assert found.allows(UNMESHED, "api-gateway", 8080)
    assert not found.allows(OUTSIDE, "api-gateway", 8080)


def test_each_route_has_its_own_callers(tmp_path: Path) -> None:
    found = World(narrowed(tmp_path))

    def callers(method: str, path: str) -> list[str]:
        request = Request(method, path)
        return [n for n in ("web", "api") if found.allows(meshed(n), "auth", 8080, request)]

    assert callers("POST", "/login") == ["web"]
    assert callers("GET", "/session/42") == ["web", "api"]
    for method, path in (("GET", "/login"), ("POST", "/login/"), ("POST", "/"), ("PUT", "/x")):
        assert callers(method, path) == []
    assert found.allows(UNMESHED, "auth", 8080, Request(path="/ready"))
    assert not found.allows(UNMESHED, "auth", 8080, Request(path="/session/42"))

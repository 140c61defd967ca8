from __future__ import annotations

from typing import Any

import pytest

from tests.policy.objects import deployment, namespace, service, thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, violations

AUTHORIZED = "linkerd-server-authorized"
COVERAGE = "linkerd-server-coverage"

CART = {"app": "cart"}
HTTP = [{"name": "http", "containerPort": 8080}]


def server(port: Any = "http", labels: Any = None, **spec: Any) -> Manifest:
    selector = {"matchLabels": labels or CART}
    return thing(
        "policy.linkerd.io/v1beta3",
        "Server",
        "cart",
        {"podSelector": selector, "port": port, **spec},
    )


def refusing(reason: str) -> Manifest:
    marks = {"policy.linkerd-platform.dev/refuse-all": reason}
    metadata = {"name": "cart", "namespace": "shop", "annotations": marks}
    return {**server(), "metadata": metadata}


def authorization(kind: str = "Server", name: Any = "cart", where: str = "shop") -> Manifest:
    spec = {"targetRef": {"kind": kind, "name": name}}
    return thing("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", "a", spec, where)


def server_authorization(**target: Any) -> Manifest:
    return thing("policy.linkerd.io/v1beta1", "ServerAuthorization", "a", {"server": target})


def server_route(name: str = "cart", kind: str = "HTTPRoute") -> Manifest:
    spec = {"parentRefs": [{"kind": "Server", "name": name}]}
    return thing("policy.linkerd.io/v1beta3", kind, "r", spec)


LABELLED = {**server(), "metadata": {"name": "cart", "namespace": "shop", "labels": CART}}


@pytest.mark.parametrize(
    "stack",
    [
        [server(), authorization()],
        [server(), authorization("Namespace", "shop")],
        [server(), server_authorization(name="cart")],
        [LABELLED, server_authorization(selector={"matchLabels": CART})],
        [server(), server_route(), authorization("HTTPRoute", "r")],
        [server(accessPolicy="all-authenticated")],
        [server(accessPolicy="audit")],
        [server(accessPolicy="deny")],
        [refusing("nobody yet")],
        [{**server(), "metadata": {"name": "cart", "namespace": "linkerd-viz"}}],
        [thing("example.com/v1", "Server", "cart")],
    ],
)
def test_servers_with_an_authorization(stack: list[Manifest]) -> None:
    assert violations(AUTHORIZED, *stack) == []


@pytest.mark.parametrize(
    "stack",
    [
        [server()],
        [refusing("too short")],
        [refusing(" " * 10)],
        [refusing(UNKNOWN_TEXT)],
        [server(), authorization(name="web")],
        [server(), authorization("Namespace", "web")],
        [server(), authorization(where="web")],
        [server(), server_authorization(name="web")],
        [server(), server_authorization(selector={"matchLabels": CART})],
        [server(), server_authorization()],
        [server(), server_route(), authorization("HTTPRoute", "s")],
        [server(), server_route("web"), authorization("HTTPRoute", "r")],
        [server(), authorization("HTTPRoute", "r")],
        [server(), {**server_route(), "kind": "Sign"}, authorization("Sign", "r")],
        [
            server(),
            {**server_route(), "metadata": {"name": "r", "namespace": "web"}},
            authorization("HTTPRoute", "r"),
        ],
        [server(), thing("v1", "ConfigMap", "a", authorization()["spec"])],
    ],
)
def test_servers_without_an_authorization(stack: list[Manifest]) -> None:
    (message,) = violations(AUTHORIZED, *stack)
    assert "AuthorizationPolicy whose targetRef is Server shop/cart" in message
    assert violations(AUTHORIZED, *stack, closed=["shop/cart"]) == []
    assert len(violations(AUTHORIZED, *stack, closed=["shop/web"])) == 1


def test_a_server_of_unknown_name_is_refused() -> None:
    (message,) = violations(AUTHORIZED, thing("policy.linkerd.io/v1beta1", "Server", UNKNOWN_TEXT))
    assert "plain value" in message


def test_a_server_after_one_that_is_left_alone_is_judged() -> None:
    own = {**server(), "metadata": {"name": "api", "namespace": "linkerd-viz"}}
    assert len(violations(AUTHORIZED, own, server())) == 1
    listed = {**server(), "metadata": {"name": "api", "namespace": "shop"}}
    assert len(violations(AUTHORIZED, listed, server(), closed=["shop/api"])) == 1


def test_a_service_after_one_that_is_listed_is_judged() -> None:
    listed = {**offered("http"), "metadata": {"name": "api", "namespace": "shop"}}
    (message,) = violations(COVERAGE, closed(), listed, offered("http"), PODS, open=["shop/api"])
    assert "spec.ports[0] of Service shop/cart" in message


def test_nothing_but_a_namespace_closes_one() -> None:
    same_name = {**closed(), "kind": "ConfigMap"}
    stack = [offered("http"), PODS]
    assert violations(COVERAGE, closed("all-authenticated"), same_name, *stack) == []


def test_the_pods_of_every_workload_count() -> None:
    other = deployment("other", CART, HTTP)
    other["metadata"]["namespace"] = "elsewhere"
    assert len(violations(COVERAGE, closed(), offered("http"), other, PODS)) == 1
    assert violations(COVERAGE, closed(), offered("http"), other) == []


def closed(policy: Any = "deny") -> Manifest:
    return namespace(**{"config.linkerd.io/default-inbound-policy": policy})


def offered(*targets: Any) -> Manifest:
    return service("cart", CART, [{"port": 80 + i, "targetPort": t} for i, t in enumerate(targets)])


PODS = deployment(ports=HTTP)


@pytest.mark.parametrize(
    "stack",
    [
        [offered("http"), PODS, server()],
        [offered("http"), PODS, server(8080)],
        [offered(8080), PODS, server("http")],
        [offered(8080), PODS, server(8080)],
        [offered("http"), deployment(ports=UNKNOWN_MAP), server("http")],
        [service("cart", CART, 8080), PODS, server()],
        [service("cart", CART, 8080), deployment(), server(8080)],
        [offered("http")],
        [offered("http"), deployment("web")],
        [service("cart", {}, 8080), PODS],
    ],
)
def test_ports_with_a_server(stack: list[Manifest]) -> None:
    assert violations(COVERAGE, closed(), *stack) == []


@pytest.mark.parametrize(
    ("stack", "path"),
    [
        ([offered("http"), PODS], "spec.ports[0]"),
        ([offered("http", 9090), PODS, server()], "spec.ports[1]"),
        ([offered("http"), PODS, server("grpc")], "spec.ports[0]"),
        ([offered("http"), deployment(), server("grpc")], "spec.ports[0]"),
        ([offered("http"), PODS, server(8081)], "spec.ports[0]"),
        ([offered("http"), PODS, server(labels={"app": "web"})], "spec.ports[0]"),
        (
            [offered("http"), PODS, {**server(), "metadata": {"name": "a", "namespace": "b"}}],
            "spec.ports[0]",
        ),
    ],
)
def test_ports_without_a_server(stack: list[Manifest], path: str) -> None:
    (message,) = violations(COVERAGE, closed(), *stack)
    assert f"Add a Server for {path} of Service shop/cart" in message
    assert "Deployment shop/cart" in message
    assert violations(COVERAGE, closed(), *stack, open=["shop/cart"]) == []
    assert len(violations(COVERAGE, closed(UNKNOWN_TEXT), *stack)) == 1


def test_which_namespaces_are_looked_at() -> None:
    stack = [offered("http"), PODS]
    assert violations(COVERAGE, closed("all-authenticated"), *stack) == []
    both = ["deny", "all-authenticated"]
    assert len(violations(COVERAGE, closed("all-authenticated"), *stack, policies=both)) == 1
    assert violations(COVERAGE, closed("deny"), *stack, policies=["all-authenticated"]) == []
    unmeshed = closed()
    del unmeshed["metadata"]["annotations"]["linkerd.io/inject"]
    assert violations(COVERAGE, unmeshed, *stack) == []


@pytest.mark.parametrize(
    ("stack", "text"),
    [
        ([service("cart", UNKNOWN_MAP)], "spec.selector"),
        ([offered("http"), deployment(labels=UNKNOWN_MAP)], "the labels of the pods"),
        ([offered(UNKNOWN_TEXT), PODS, server()], "spec.ports[0].targetPort"),
        ([service("cart", CART, ports=UNKNOWN_MAP), PODS, server()], "spec.ports of"),
    ],
)
def test_unknown_coverage_is_refused(stack: list[Manifest], text: str) -> None:
    (message,) = violations(COVERAGE, closed(), *stack)
    assert text in message
    assert "plain value" in message


def test_a_namespace_that_another_stack_puts_into_the_mesh_is_looked_at() -> None:
    marks = {"config.linkerd.io/default-inbound-policy": "deny"}
    stack = [namespace(inject="disabled", **marks), offered("http"), PODS]
    assert violations(COVERAGE, *stack) == []
    assert len(violations(COVERAGE, *stack, meshedNamespaces=["shop"])) == 1


def test_a_service_in_an_unknown_namespace_is_refused() -> None:
    hidden = thing("v1", "Service", "web", {}, UNKNOWN_TEXT)
    assert violations(COVERAGE, hidden) == []
    assert violations(COVERAGE, closed("all-authenticated"), hidden) == []
    (message,) = violations(COVERAGE, closed(), hidden)
    assert "metadata.namespace" in message

from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.framework.objects import UNKNOWN, filled
from linkerd_policies.reading.services import port_numbers, services_of
from tests.policy.objects import budget, deployment, elsewhere, namespace, route, service, thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, read, violations

SERVICES = "linkerd-service-endpoints"
WORKLOADS = "linkerd-workload-selectors"
REFERENCES = "linkerd-dangling-references"
BUDGETS = "linkerd-disruption-budgets"

NS = namespace()
CART = {"app": "cart"}
HTTP = [{"name": "http", "containerPort": 8080}]


def ports(target: Any) -> list[dict[str, Any]]:
    return [{"port": 80, "targetPort": target}]


@pytest.mark.parametrize(
    "stack",
    [
        [service("cart", CART), deployment()],
        [service("cart", CART), deployment(kind="StatefulSet")],
        [service("cart", CART, ports("http")), deployment(ports=HTTP)],
        [service("cart", CART, ports(8081)), deployment(ports=HTTP)],
        [service("cart", CART, ports("8081")), deployment(ports=HTTP)],
        [service("cart", {"app": "nothing"}, clusterIP="None")],
        [service("cart", {"app": "nothing"}, type="ExternalName")],
        [service("cart", {})],
        [elsewhere(service("cart", {"app": "nothing"}))],
        [thing("v1", "ConfigMap", "cart", {"selector": CART})],
    ],
)
def test_services_that_select_pods(stack: list[Manifest]) -> None:
    assert violations(SERVICES, NS, *stack) == []


@pytest.mark.parametrize(
    ("stack", "text"),
    [
        ([service("cart", CART)], "Correct spec.selector of Service shop/cart"),
        ([service("cart", CART), deployment("web")], "Correct spec.selector"),
        ([service("cart", CART), elsewhere(deployment())], "Correct spec.selector"),
        ([service("cart", {**CART, "v": "2"}), deployment()], "Correct spec.selector"),
        (
            [service("cart", CART, ports("grpc")), deployment(ports=HTTP)],
            "spec.ports[0].targetPort of Service shop/cart, or give a port of Deployment shop/cart",
        ),
        ([service("cart", CART, ports("http")), deployment()], "spec.ports[0].targetPort"),
    ],
)
def test_a_service_that_selects_no_pod_or_no_port_is_refused(
    stack: list[Manifest], text: str
) -> None:
    (message,) = violations(SERVICES, NS, *stack)
    assert text in message
    assert violations(SERVICES, *stack) == []
    assert violations(SERVICES, namespace(inject="disabled"), *stack) == []
    assert len(violations(SERVICES, namespace(inject=UNKNOWN_TEXT), *stack)) == 1
    assert len(violations(SERVICES, namespace(inject="ingress"), *stack)) == 1


def test_named_ports_of_init_containers_count() -> None:
    sidecar = [{"name": "s", "ports": [{"name": "http"}]}]
    stack = [service("cart", CART, ports("http")), deployment(initContainers=sidecar)]
    assert violations(SERVICES, NS, *stack) == []


@pytest.mark.parametrize(
    ("stack", "text"),
    [
        ([service("cart", UNKNOWN_MAP)], "spec.selector of Service shop/cart"),
        ([service("cart", {"app": UNKNOWN_TEXT})], "spec.selector of Service shop/cart"),
        ([service("cart", CART), deployment(labels=UNKNOWN_MAP)], "labels of the pods of Depl"),
        ([service("cart", CART), deployment(labels={"app": UNKNOWN_TEXT})], "labels of the pods"),
        ([service("cart", CART, ports(UNKNOWN_TEXT)), deployment()], "spec.ports[0].targetPort"),
        (
            [service("cart", CART, ports("http")), deployment(ports=UNKNOWN_TEXT)],
            "the ports of the containers of Deployment shop/cart",
        ),
        ([elsewhere(service("cart", CART), UNKNOWN_TEXT)], "metadata.namespace"),
        (
            [service("cart", CART), elsewhere(deployment(labels=UNKNOWN_MAP), UNKNOWN_TEXT)],
            "labels",
        ),
    ],
)
def test_unknown_wiring_is_refused(stack: list[Manifest], text: str) -> None:
    (message,) = violations(SERVICES, NS, *stack)
    assert text in message
    assert "plain value" in message


def test_services_of_operators_can_be_named() -> None:
    assert violations(SERVICES, NS, service("cart", CART), external=["shop/cart"]) == []
    assert len(violations(SERVICES, NS, service("cart", CART), external=["b/cart"])) == 1


V2 = {"app": "cart", "version": "v2"}
TEMPLATE = deployment()["spec"]["template"]


def test_workloads_that_take_each_others_pods() -> None:
    (message,) = violations(WORKLOADS, NS, deployment(), deployment("cart-v2", V2))
    assert (
        "Narrow spec.selector of Deployment shop/cart: it takes the pods of Deployment" in message
    )
    assert "shop/cart-v2" in message
    assert len(violations(WORKLOADS, NS, deployment(), deployment("b", CART))) == 2


@pytest.mark.parametrize(
    "stack",
    [
        [deployment(), deployment("web")],
        [deployment(), elsewhere(deployment("cart-v2", V2))],
        [deployment("cart", {"app": "cart", "version": "v1"}), deployment("cart-v2", V2)],
        [thing("batch/v1", "Job", "a", deployment()["spec"]), deployment("web")],
        [thing("batch/v1", "Job", "a", {"template": TEMPLATE}), deployment("web")],
        [deployment()],
    ],
)
def test_workloads_with_labels_of_their_own(stack: list[Manifest]) -> None:
    assert violations(WORKLOADS, NS, *stack) == []


def test_overlaps_outside_of_the_mesh_are_accepted() -> None:
    assert violations(WORKLOADS, deployment(), deployment("cart-v2", V2)) == []


def test_an_unknown_selector_of_a_workload_is_refused() -> None:
    hidden = deployment("cart-v2", V2)
    hidden["spec"]["selector"] = UNKNOWN_MAP
    (message,) = violations(WORKLOADS, NS, deployment("web"), hidden)
    assert "spec.selector" in message
    assert "plain value" in message
    assert violations(WORKLOADS, NS, hidden) == []
    (message,) = violations(WORKLOADS, NS, elsewhere(deployment(), UNKNOWN_TEXT))
    assert "metadata.namespace" in message


def autoscaler(name: Any = "cart", kind: Any = "Deployment", version: Any = "apps/v1") -> Manifest:
    target = {"apiVersion": version, "kind": kind, "name": name}
    return thing("autoscaling/v2", "HorizontalPodAutoscaler", "cart", {"scaleTargetRef": target})


def ingress(name: Any = "cart", **port: Any) -> Manifest:
    backend = {"service": {"name": name, "port": port or {"number": 8080}}}
    rules = [{"http": {"paths": [{"path": "/", "backend": backend}]}}]
    return thing("networking.k8s.io/v1", "Ingress", "cart", {"rules": rules})


def default_ingress(name: str) -> Manifest:
    backend = {"service": {"name": name, "port": {"number": 8080}}}
    return thing("networking.k8s.io/v1", "Ingress", "cart", {"defaultBackend": backend})


CONTROLLER = thing("v1", "ReplicationController", "cart")
NAMED = service("cart", CART, [{"port": 8080, "name": "http"}])


@pytest.mark.parametrize(
    "stack",
    [
        [autoscaler(), deployment()],
        [autoscaler(kind="StatefulSet"), deployment(kind="StatefulSet")],
        [autoscaler(kind="ReplicationController", version="v1"), CONTROLLER],
        [ingress(), NAMED],
        [ingress(name="cart", number=8080), service("cart", CART)],
        [default_ingress("cart"), NAMED],
        [thing("networking.k8s.io/v1", "Ingress", "cart", {"rules": [{"host": "a"}]})],
        [thing("networking.k8s.io/v1", "Ingress", "a", {"defaultBackend": {"resource": {}}})],
        [route(), NAMED],
        [elsewhere(autoscaler("nothing"))],
    ],
)
def test_references_to_objects_of_the_stack(stack: list[Manifest]) -> None:
    assert violations(REFERENCES, NS, *stack) == []


@pytest.mark.parametrize(
    ("stack", "text"),
    [
        ([autoscaler("card"), deployment()], "the stack has no Deployment of this name"),
        ([autoscaler(kind="StatefulSet"), deployment()], "add StatefulSet shop/cart"),
        ([autoscaler(version="b/v1"), deployment()], "add Deployment shop/cart"),
        ([autoscaler(), elsewhere(deployment())], "spec.scaleTargetRef"),
        ([ingress("card"), NAMED], "spec.rules[0].http.paths[0].backend"),
        ([default_ingress("card"), NAMED], "Correct spec.defaultBackend of Ingress shop/cart"),
        ([ingress(number=81), NAMED], "Correct the port of spec.rules[0].http.paths[0].backend"),
        ([route()], "spec.parentRefs of HTTPRoute shop/cart"),
        ([route(port=81), NAMED], "Correct the port of spec.parentRefs"),
    ],
)
def test_references_to_nothing(stack: list[Manifest], text: str) -> None:
    (message,) = violations(REFERENCES, NS, *stack)
    assert text in message
    assert violations(REFERENCES, *stack) == []


def test_a_port_by_name() -> None:
    assert violations(REFERENCES, NS, _by_name("http"), NAMED) == []
    assert len(violations(REFERENCES, NS, _by_name("grpc"), NAMED)) == 1


def _by_name(port: str) -> Manifest:
    backend = {"service": {"name": "cart", "port": {"name": port}}}
    return thing("networking.k8s.io/v1", "Ingress", "cart", {"defaultBackend": backend})


@pytest.mark.parametrize(
    ("stack", "text"),
    [
        ([autoscaler(UNKNOWN_TEXT)], "spec.scaleTargetRef"),
        ([autoscaler(kind=UNKNOWN_TEXT)], "spec.scaleTargetRef"),
        ([autoscaler(), deployment(UNKNOWN_TEXT, CART)], "metadata.name"),
        ([ingress(UNKNOWN_TEXT)], "spec.rules[0].http.paths[0].backend"),
        ([ingress(number=UNKNOWN_TEXT), NAMED], "the port of spec.rules[0]"),
        ([ingress(), service("cart", CART, UNKNOWN_TEXT)], "spec.ports of Service"),
        ([ingress(), service("cart", CART, [{"port": UNKNOWN_TEXT}])], "spec.ports of Service"),
        ([thing("networking.k8s.io/v1", "Ingress", "a", {"rules": UNKNOWN_TEXT})], "spec.rules"),
        ([route(namespace=UNKNOWN_TEXT)], "spec.parentRefs"),
        ([elsewhere(ingress(), UNKNOWN_TEXT)], "metadata.namespace"),
    ],
)
def test_unknown_references_are_refused(stack: list[Manifest], text: str) -> None:
    (message,) = violations(REFERENCES, NS, *stack)
    assert text in message
    assert "plain value" in message


def test_budgets() -> None:
    mine = budget(selector={"matchLabels": CART})
    assert violations(BUDGETS, NS, mine, deployment()) == []
    assert violations(BUDGETS, NS, budget(selector={}), deployment()) == []
    (message,) = violations(BUDGETS, NS, mine, deployment("web"))
    assert "Correct spec.selector of PodDisruptionBudget shop/cart" in message
    assert len(violations(BUDGETS, NS, mine)) == 1
    assert len(violations(BUDGETS, NS, mine, elsewhere(deployment()))) == 1
    assert violations(BUDGETS, mine) == []
    assert violations(BUDGETS, NS, mine, external=["shop/cart"]) == []
    assert violations(BUDGETS, NS, elsewhere(mine)) == []


def canary(name: Any) -> Manifest:
    return thing("flagger.app/v1beta1", "Canary", "cart", {"targetRef": {"name": name}})


@pytest.mark.parametrize("label", ["app", "name", "app.kubernetes.io/name"])
def test_budgets_of_the_copies_that_flagger_makes(label: str) -> None:
    copies = budget(selector={"matchLabels": {label: "cart-primary", "v": "1"}})
    stack = [NS, copies, deployment(labels={label: "cart", "v": "1"})]
    assert violations(BUDGETS, *stack, canary("cart")) == []
    assert len(violations(BUDGETS, *stack)) == 1
    assert len(violations(BUDGETS, *stack, canary("web"))) == 1
    assert len(violations(BUDGETS, *stack, elsewhere(canary("cart")))) == 1
    for labels in ({"other": "cart"}, {label: "cart", "v": "2"}):
        assert len(violations(BUDGETS, NS, copies, deployment(labels=labels), canary("cart"))) == 1


@pytest.mark.parametrize(
    "stack",
    [
        [budget(selector=UNKNOWN_MAP)],
        [
            budget(selector={"matchLabels": {"app": "cart-primary"}}),
            deployment(labels={"app": UNKNOWN_TEXT}),
        ],
        [budget(selector={"matchLabels": CART}), deployment(labels=UNKNOWN_MAP)],
        [elsewhere(budget(selector={"matchLabels": CART}), UNKNOWN_TEXT)],
    ],
)
def test_unknown_budgets_are_refused(stack: list[Manifest]) -> None:
    (message,) = violations(BUDGETS, NS, *stack)
    assert "plain value" in message


@pytest.mark.parametrize(
    ("ports", "numbers"),
    [
        ([{"port": 80}, {"port": 8080.0, "name": "http"}], {80, 8080}),
        ([{"port": 80}, {"port": "81"}, {}], {80}),
        ([], set()),
        ([{"port": 80}, {"port": UNKNOWN_TEXT}], UNKNOWN),
        (UNKNOWN_TEXT, UNKNOWN),
    ],
    ids=str,
)
def test_the_ports_that_clients_can_dial(ports: Any, numbers: Any) -> None:
    (obj,) = read([{**service(), "spec": {"ports": ports}}])
    assert port_numbers(obj) == numbers


@pytest.mark.parametrize(
    ("value", "expected"), [([1], True), ([], False), ("text", False), (UNKNOWN, False)]
)
def test_a_list_with_elements_is_filled(value: Any, expected: bool) -> None:
    assert filled(value) is expected


def test_an_unknown_namespace_is_accepted_where_nothing_is_meshed() -> None:
    lost = elsewhere(ingress("nothing"), UNKNOWN_TEXT)
    assert violations(REFERENCES, lost) == []
    assert violations(REFERENCES, namespace(inject="disabled"), lost) == []


def test_the_services_of_a_stack() -> None:
    lost = service(UNKNOWN_TEXT)
    objects = read([service("a"), deployment("b"), elsewhere(service("a")), lost])
    found = services_of(objects)
    assert found.by_key == {"shop/a": objects[0], "other/a": objects[2]}
    assert found.nameless == (objects[3],)


@pytest.mark.parametrize("parents", [UNKNOWN_TEXT, [UNKNOWN_MAP]], ids=["all", "one"])
def test_an_unknown_parent_of_a_route_is_refused(parents: Any) -> None:
    spec = {"parentRefs": parents}
    unknown = thing("gateway.networking.k8s.io/v1", "HTTPRoute", "cart", spec)
    (message,) = violations(REFERENCES, NS, unknown)
    assert "spec.parentRefs" in message
    assert "plain value" in message


@pytest.mark.parametrize(
    ("rule", "stack"),
    [
        (SERVICES, [service(selector={"app": "nothing"})]),
        (WORKLOADS, [deployment("a", CART), deployment("b", CART)]),
        (REFERENCES, [ingress("nothing")]),
        (BUDGETS, [budget(selector={"matchLabels": CART})]),
    ],
)
def test_another_stacks_meshed_namespace_counts(rule: str, stack: list[Manifest]) -> None:
    assert violations(rule, *stack) == []
    assert violations(rule, *stack, meshedNamespaces=["other"]) == []
    found = violations(rule, *stack, meshedNamespaces=["shop"])
    assert found
    assert found == violations(rule, NS, *stack)
    assert found == violations(rule, namespace(UNKNOWN_TEXT), *stack)

from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.framework.objects import objects_of
from linkerd_policies.reading.splits import splits_of
from tests.policy.objects import deployment, route, service, split, thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, token, violations

WEIGHTS = "linkerd-canary-weights"
BACKENDS = "linkerd-canary-backends"
SELECTORS = "linkerd-canary-selectors"
ONE = "linkerd-canary-one-split"

V1, V2 = {"app": "cart", "version": "v1"}, {"app": "cart", "version": "v2"}
APEX, LEAF = service("cart", V1), service("cart-v2", V2)


def ref(name: Any = "cart", weight: Any = None, **more: Any) -> dict[str, Any]:
    found = {"name": name, "port": 8080, **more}
    return found if weight is None else {**found, "weight": weight}


def with_parents(backend: Any, *names: Any) -> Manifest:
    """A route of several Services."""
    made = route(backend)
    made["spec"]["parentRefs"] = [{"kind": "Service", "name": name} for name in names]
    return made


@pytest.mark.parametrize(
    "manifest",
    [
        split(900, 100),
        split(0, 1),
        split(1, 0),
        split(0.5, 0.5),
        split(999, 1),
        split(400_000, 29_496),
        split(429_496),
        split("900m", "0.1", version="v1alpha1"),
        route(ref(), ref("cart-v2", 0)),
        route(ref(weight=1_000_000), ref("cart-v2", 1_000_000)),
        route(ref(weight=1), ref("cart-v2", 1), kind="GRPCRoute"),
        route(),
        thing("split.smi-spec.io/v1alpha2", "TrafficSplit", "cart", {"backends": []}),
    ],
)
def test_weights_that_send_every_request_somewhere(manifest: Manifest) -> None:
    assert violations(WEIGHTS, manifest) == []


@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        (split(-1, 100), "spec.backends[0].weight"),
        (split(900, "100"), "spec.backends[1].weight"),
        (split(True, 100), "spec.backends[0].weight"),
        (split(None, 100), "spec.backends[0].weight"),
        (split(900, 429_497), "spec.backends[1].weight"),
        (split("90%", "10", version="v1alpha1"), "spec.backends[0].weight"),
        (split(400_000, 29_497), "spec.backends of"),
        (split(0, 0), "spec.backends of"),
        (route(ref(weight=0.5)), "spec.rules[0].backendRefs[0].weight"),
        (route(ref(weight="1")), "spec.rules[0].backendRefs[0].weight"),
        (route(ref(), ref("cart-v2", 1_000_001)), "spec.rules[0].backendRefs[1].weight"),
        (route(ref(weight=0), ref("cart-v2", 0)), "spec.rules[0].backendRefs of"),
    ],
)
def test_weights_that_do_not(manifest: Manifest, path: str) -> None:
    (message,) = violations(WEIGHTS, manifest)
    assert path in message
    assert "shop/cart" in message


def test_a_text_weight_is_not_shown() -> None:
    (message,) = violations(WEIGHTS, split(900, "hunter2"))
    assert "hunter2" not in message
    assert "text that Linkerd does not know" in message


@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        (split(900, UNKNOWN_TEXT), "spec.backends[1].weight"),
        (route(ref(weight=UNKNOWN_TEXT)), "spec.rules[0].backendRefs[0].weight"),
        (thing("split.smi-spec.io/v1alpha2", "TrafficSplit", "cart", UNKNOWN_MAP), "spec.backends"),
        (
            thing(
                "policy.linkerd.io/v1beta3",
                "HTTPRoute",
                "cart",
                {"parentRefs": [{"kind": "Service", "name": "cart"}], "rules": UNKNOWN_TEXT},
            ),
            "spec.rules",
        ),
    ],
)
def test_unknown_weights_are_refused(manifest: Manifest, path: str) -> None:
    (message,) = violations(WEIGHTS, manifest)
    assert path in message
    assert "plain value" in message


def test_the_smallest_share_can_be_configured() -> None:
    assert violations(WEIGHTS, split(999, 1)) == []
    (message,) = violations(WEIGHTS, split(1000, 1))
    assert "spec.backends[1].weight" in message
    assert "0.0999 per cent" in message
    assert violations(WEIGHTS, split(1000, 1), minShare=0.0) == []
    assert len(violations(WEIGHTS, split(950, 49), minShare=5.0)) == 1
    assert violations(WEIGHTS, split(950, 50), minShare=5.0) == []


@pytest.mark.parametrize(
    ("enough", "too_little"),
    [
        (route(ref(), ref("cart-v2", 999)), route(ref(), ref("cart-v2", 1000))),
        (split("0.999", "1m", version="v1alpha1"), split("1", "1m", version="v1alpha1")),
    ],
    ids=["default", "thousandths"],
)
def test_what_a_weight_counts(enough: Manifest, too_little: Manifest) -> None:
    assert violations(WEIGHTS, enough) == []
    (message,) = violations(WEIGHTS, too_little)
    assert "0.0999 per cent" in message


def test_an_ingress_may_weigh_as_it_likes() -> None:
    ingress = route(ref(weight=0), kind="HTTPRoute")
    ingress["spec"]["parentRefs"] = [{"name": "ingress"}]
    assert violations(WEIGHTS, ingress) == []
    assert violations(BACKENDS, ingress) == []


@pytest.mark.parametrize(
    "stack",
    [
        [APEX, LEAF, split(900, 100)],
        [APEX, LEAF, route(ref(), ref("cart-v2"))],
        [APEX, LEAF, service("cart-v2", V2) | {"kind": "ConfigMap"}, split(900, 100)],
        [LEAF, split(900, 100, apex="root"), APEX],
        [APEX, route(ref(kind="TCPService", name="other"))],
        [service("cart", V1, [{"port": 80}, {"port": 81}]), route(ref(port=81))],
        [APEX, route(ref(), name=UNKNOWN_TEXT)],
        [APEX, LEAF, with_parents(ref("cart-v2"), UNKNOWN_TEXT)],
        [APEX, LEAF, route({"name": "cart-v2"})],
    ],
)
def test_backends_that_can_take_requests(stack: list[Manifest]) -> None:
    assert violations(BACKENDS, *stack) == []


@pytest.mark.parametrize(
    ("stack", "text"),
    [
        ([APEX, split(900, 100)], "Add Service shop/cart-v2 to the stack"),
        ([APEX, route(ref("cart-v2", kind="Service"))], "Add Service shop/cart-v2 to the stack"),
        ([APEX, with_parents(ref("cart-v2"), "cart", "web")], "Add Service shop/cart-v2"),
        ([APEX, LEAF, split(900, 50, 50)], "spec.backends[2].service of TrafficSplit shop/cart"),
        ([APEX, LEAF, route(ref(), ref("cart-v2", namespace="b"))], "Service b/cart-v2"),
        ([APEX, service("cart-v2", V2, clusterIP="None"), split(900, 100)], "headless"),
        ([APEX, service("cart-v2", type="ExternalName"), split(900, 100)], "ExternalName"),
        ([APEX, service("cart-v2", V2, 80), split(900, 100)], "Add port 8080 to Service shop/cart"),
        (
            [APEX, LEAF, route(ref(), ref("cart-v2", port=81))],
            "Add port 81 to Service shop/cart-v2",
        ),
        ([APEX, route(ref(port=81))], "Add port 81 to Service shop/cart"),
    ],
)
def test_backends_that_cannot(stack: list[Manifest], text: str) -> None:
    (message,) = violations(BACKENDS, *stack)
    assert text in message


def with_rules(*rules: Any) -> Manifest:
    made = route()
    made["spec"]["rules"] = list(rules)
    return made


def renamed_backend(name: Any) -> Manifest:
    made = split(1)
    made["spec"]["backends"][0]["service"] = name
    return made


@pytest.mark.parametrize("manifest", [split(900, 100), route(ref(), ref("cart-v2"))])
def test_an_unknown_namespace_is_named_once(manifest: Manifest) -> None:
    manifest = {**manifest, "metadata": {"name": "cart", "namespace": UNKNOWN_TEXT}}
    (message,) = violations(BACKENDS, APEX, LEAF, manifest)
    assert message.startswith("Write metadata.namespace of ")


@pytest.mark.parametrize(
    ("stack", "text"),
    [
        ([APEX, service(UNKNOWN_TEXT, V2), split(900, 100)], "metadata.name"),
        ([APEX, LEAF, route(ref(UNKNOWN_TEXT))], "spec.rules[0].backendRefs[0]"),
        ([APEX, LEAF, route(ref(port=UNKNOWN_TEXT))], "spec.rules[0].backendRefs[0].port of HTTP"),
        (
            [APEX, LEAF, split(900, 100, apex=UNKNOWN_TEXT)],
            "spec.service of TrafficSplit shop/cart",
        ),
        (
            [APEX, service("cart-v2", V2, UNKNOWN_TEXT), split(900, 100)],
            "spec.ports of Service shop/cart-v2",
        ),
        (
            [service("cart", V1, UNKNOWN_TEXT), LEAF, split(900, 100)],
            "spec.ports of Service shop/cart ",
        ),
        ([thing("split.smi-spec.io/v1alpha2", "TrafficSplit", "s", UNKNOWN_MAP)], "spec.backends"),
        ([route() | {"spec": {**route()["spec"], "rules": UNKNOWN_TEXT}}], "spec.rules"),
        ([with_rules({"backendRefs": UNKNOWN_TEXT})], "spec.rules[0].backendRefs of HTTPRoute"),
        ([renamed_backend(UNKNOWN_TEXT)], "spec.backends[0].service of TrafficSplit shop/cart"),
    ],
)
def test_unknown_backends_are_refused(stack: list[Manifest], text: str) -> None:
    (message,) = violations(BACKENDS, *stack)
    assert "plain value" in message
    assert text in message


@pytest.mark.parametrize(
    ("manifest", "apexes"),
    [
        (split(900, 100, apex="root"), ["shop/root"]),
        (route(ref(), ref("cart-v2")), ["shop/cart"]),
        (with_parents(ref("cart-v2"), "root", "cart", "root"), ["shop/root", "shop/cart"]),
        (with_rules({}, {"backendRefs": [ref()]}), ["shop/cart", "shop/cart"]),
    ],
    ids=["split", "route", "parents", "rules"],
)
def test_whose_requests_are_shared(manifest: Manifest, apexes: list[str]) -> None:
    objects = list(objects_of(token(manifest), manifest, "urn:x", "thing"))
    assert [one.apex for one in splits_of(objects)] == apexes


def test_services_of_other_stacks_can_be_named() -> None:
    assert violations(BACKENDS, APEX, split(900, 100), external=["shop/cart-v2"]) == []
    assert len(violations(BACKENDS, APEX, split(900, 100), external=["b/cart-v2"])) == 1


WIDE = service("cart", {"app": "cart"})


@pytest.mark.parametrize(
    "stack",
    [
        [WIDE, LEAF, split(900, 100)],
        [LEAF, WIDE, split(900, 100)],
        [APEX, service("cart-v2", {"app": "cart"}), split(900, 100)],
        [WIDE, service("cart-v2", {"app": "cart"}), split(900, 100)],
        [WIDE, LEAF, route(ref(), ref("cart-v2"))],
        [
            service("cart", {"app": "cart"}),
            service("cart-v2", {"tier": "canary"}),
            deployment("cart-v2", {"app": "cart", "tier": "canary"}),
            split(900, 100),
        ],
    ],
)
def test_pods_behind_two_backends(stack: list[Manifest]) -> None:
    (message,) = violations(SELECTORS, *stack)
    assert "Service shop/cart" in message
    assert "Service shop/cart-v2" in message


def test_the_pods_that_both_select_are_named() -> None:
    stack = [WIDE, LEAF, split(900, 100)]
    (message,) = violations(SELECTORS, *stack, deployment("cart-v2", V2))
    (without,) = violations(SELECTORS, *stack)
    named = " (both select the pods of Deployment shop/cart-v2)"
    assert named in message
    assert message.replace(named, "") == without


@pytest.mark.parametrize(
    "stack",
    [
        [APEX, LEAF, split(900, 100)],
        [APEX, LEAF, deployment("cart", V1), deployment("cart-v2", V2), split(900, 100)],
        [WIDE, LEAF, service("cart-v3", V1), split(900, apex="root")],
        [WIDE, LEAF],
        [service("cart", {}), LEAF, split(900, 100)],
        [WIDE, LEAF | {"metadata": {"name": "cart-v2", "namespace": "b"}}, split(900, 100)],
        [WIDE, route(ref(), ref())],
    ],
)
def test_backends_apart(stack: list[Manifest]) -> None:
    assert violations(SELECTORS, *stack) == []


@pytest.mark.parametrize("selector", [UNKNOWN_MAP, {"app": UNKNOWN_TEXT}])
def test_an_unknown_selector_is_refused(selector: Any) -> None:
    (message,) = violations(SELECTORS, APEX, service("cart-v2", selector), split(900, 100))
    assert "spec.selector of Service shop/cart-v2" in message


def test_one_overlap_is_reported_once() -> None:
    twice = [split(900, 100), route(ref(), ref("cart-v2"))]
    assert len(violations(SELECTORS, WIDE, LEAF, *twice)) == 1


def test_two_splits_of_one_apex() -> None:
    (message,) = violations(ONE, split(900, 100), split(1, name="again"))
    assert "Remove TrafficSplit shop/again or TrafficSplit shop/cart" in message
    qualified = split(1, name="again", apex="cart.shop")
    assert len(violations(ONE, split(900, 100), qualified)) == 1
    assert violations(ONE, split(900, 100), split(1, name="b", apex="b")) == []
    assert violations(ONE, split(900, 100)) == []


def test_a_split_of_an_unknown_apex() -> None:
    unknown = split(1, name="again", apex=UNKNOWN_TEXT)
    assert violations(ONE, unknown) == []
    (message,) = violations(ONE, split(900, 100), unknown)
    assert "spec.service of TrafficSplit shop/again" in message

from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.reading import linkerd
from tests.policy.objects import deployment, elsewhere, route, service, split, thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, Pack, violations

RULE = "linkerd-retry-amplification"


def workload(name: str, calls: Any = None, **pod: Any) -> Manifest:
    made = deployment(name, **pod)
    if calls is not None:
        made["spec"]["template"]["metadata"]["annotations"] = {linkerd.CALLS: calls}
    return made


def retried(name: str, limit: Any = "3", key: str = linkerd.RETRY_HTTP) -> Manifest:
    made = service(name, {"app": name})
    made["metadata"]["annotations"] = {key: "5xx"}
    if limit is not None:
        made["metadata"]["annotations"][linkerd.RETRY_LIMIT] = limit
    return made


def limited(name: str, limit: str) -> Manifest:
    """A Service with a limit and nothing else."""
    made = service(name, {"app": name})
    made["metadata"]["annotations"] = {linkerd.RETRY_LIMIT: limit}
    return made


def profile(name: str, ratio: Any = 0.2, retryable: bool = True) -> Manifest:
    spec = {"routes": [{"isRetryable": retryable}], "retryBudget": {"retryRatio": ratio}}
    return thing("linkerd.io/v1alpha2", "ServiceProfile", f"{name}.shop.svc.cluster.local", spec)


CHAIN = [workload("web", "cart"), workload("cart", "shop/stock"), workload("stock")]


def test_retries_multiply_along_a_chain() -> None:
    stack = [*CHAIN, retried("cart"), retried("stock")]
    (message,) = violations(RULE, *stack)
    assert "Deployment shop/web -> Deployment shop/cart -> Deployment shop/stock" in message
    assert "can become 16 to the last, and 10 are allowed" in message
    assert len(violations(RULE, *reversed(stack))) == 1


def test_the_end_of_the_chain_is_the_object_to_mend() -> None:
    found = Pack().stack([*CHAIN, retried("cart"), retried("stock")]).diagnostics
    (diagnostic,) = [one for one in found if one.policyName == RULE]
    assert diagnostic.urn == "urn:2"


def test_of_equal_chains_the_shortest_is_named_then_the_first_by_name() -> None:
    stack = [
        *(workload(name, "web, admin") for name in ("beta", "alpha")),
        *(workload(name, "cart") for name in ("web", "admin")),
        workload("cart"),
        *(service(name, {"app": name}) for name in ("web", "admin")),
        retried("cart", "11"),
    ]
    chain = "along Deployment shop/admin -> Deployment shop/cart:"
    assert [chain in message for message in violations(RULE, *stack)] == [True]
    assert [chain in message for message in violations(RULE, *reversed(stack))] == [True]


@pytest.mark.parametrize(
    ("stack", "attempts"),
    [
        ([retried("cart"), retried("stock", "1")], 8),
        ([retried("cart"), retried("stock", None)], 8),
        ([retried("cart"), retried("stock", "0")], 8),
        ([retried("cart"), retried("stock", "many")], 8),
        ([retried("cart"), retried("stock", "9" * 5000)], 8),
        ([retried("cart"), limited("stock", "0")], 4),
        ([retried("cart"), limited("stock", "3")], 16),
        ([retried("cart", "4"), retried("stock", "4", linkerd.RETRY_GRPC)], 25),
        ([retried("cart", "4"), retried("stock", "4", linkerd.RETRY_TIMEOUT)], 25),
        ([service("cart", {"app": "cart"}), profile("cart"), retried("stock")], 4.8),
        ([service("cart", {"app": "cart"}), profile("cart", 1.0), retried("stock")], 8),
        ([service("cart", {"app": "cart"}), profile("cart", 1.0, False), retried("stock")], 4),
        ([retried("cart"), {**retried("stock"), "kind": "ConfigMap"}], 4),
    ],
)
def test_how_many_requests_one_becomes(stack: list[Manifest], attempts: float) -> None:
    assert violations(RULE, *CHAIN, *stack, maxAmplification=attempts + 0.001) == []
    (message,) = violations(RULE, *CHAIN, *stack, maxAmplification=max(1.0, attempts - 0.001))
    assert f"can become {attempts:.3g} to the last" in message


def test_the_bound_itself_is_allowed() -> None:
    stack = [*CHAIN, retried("cart", "1"), retried("stock", "4")]
    assert violations(RULE, *stack) == []
    assert len(violations(RULE, *stack, maxAmplification=9.9)) == 1


def test_routes_count_with_their_highest_limit() -> None:
    few, many = route(name="few"), route(name="many")
    for one, limit in ((few, "1"), (many, "11")):
        marks = {linkerd.RETRY_HTTP: "5xx", linkerd.RETRY_LIMIT: limit}
        one["metadata"]["annotations"] = marks
    stack = [workload("web", "cart"), workload("cart"), service("cart", {"app": "cart"})]
    (message,) = violations(RULE, *stack, few, many)
    assert "can become 12 to the last" in message
    assert violations(RULE, *stack, many, few) == [message]
    assert violations(RULE, *stack, few) == []


def test_a_canary_is_called_through_its_apex() -> None:
    stack = [
        workload("web", "cart"),
        workload("cart-v2"),
        retried("cart", "11"),
        service("cart-v2", {"app": "cart-v2"}),
        split(900, 100),
    ]
    (message,) = violations(RULE, *stack)
    assert "Deployment shop/web -> Deployment shop/cart-v2" in message
    assert violations(RULE, *stack[:-1]) == []


def test_a_route_is_called_through_each_of_its_parents() -> None:
    routed = route({"name": "cart-v2", "port": 8080})
    routed["spec"]["parentRefs"] = [{"kind": "Service", "name": name} for name in ("root", "cart")]
    stack = [
        workload("web", "cart"),
        workload("cart-v2"),
        retried("cart", "11"),
        service("cart-v2", {"app": "cart-v2"}),
    ]
    (message,) = violations(RULE, *stack, routed)
    assert "Deployment shop/web -> Deployment shop/cart-v2" in message
    assert violations(RULE, *stack) == []


def test_an_apex_of_another_stack_multiplies_nothing() -> None:
    called = [workload("web", "root"), workload("cart"), service("cart", {"app": "cart"})]
    assert violations(RULE, *called, split(1, apex="root"), maxAmplification=1.0) == []


@pytest.mark.parametrize("calls", ["cart, stock", "cart,stock", "stock ,cart", "\nstock,\ncart\n"])
@pytest.mark.parametrize("called", ["cart", "stock"])
def test_every_service_of_the_annotation_is_called(calls: str, called: str) -> None:
    stack = [workload("web", calls), workload("cart"), workload("stock"), retried(called, "11")]
    (message,) = violations(RULE, *stack)
    assert f"Deployment shop/web -> Deployment shop/{called}" in message


def test_a_circle_ends() -> None:
    circle = [workload("web", "cart"), workload("cart", "web, cart")]
    assert violations(RULE, *circle, retried("cart"), retried("web")) == []
    assert len(violations(RULE, *circle, retried("cart", "10"), retried("web"))) == 1


def test_undeclared_calls_are_not_seen() -> None:
    alone = [workload("web"), workload("cart"), retried("cart", "20")]
    assert violations(RULE, *alone) == []
    assert violations(RULE, workload("web", "nothing"), *alone[1:]) == []


CALLS = f'spec.template.metadata.annotations["{linkerd.CALLS}"]'


@pytest.mark.parametrize(
    ("stack", "path"),
    [
        ([workload("web", UNKNOWN_TEXT), workload("cart"), retried("cart")], CALLS),
        (
            [deployment("cart", {"app": UNKNOWN_TEXT}), retried("cart")],
            "the labels of the pods of Deployment shop/cart",
        ),
        (
            [thing("apps/v1", "Deployment", "cart", namespace=UNKNOWN_TEXT), retried("cart")],
            "metadata.namespace of Deployment",
        ),
        (
            [workload("cart"), {**retried("cart"), "spec": {"selector": UNKNOWN_MAP}}],
            "spec.selector of Service shop/cart",
        ),
    ],
    ids=["calls", "labels", "namespace", "selector"],
)
def test_unknown_calls_matter_where_something_is_retried(stack: list[Manifest], path: str) -> None:
    (message,) = violations(RULE, *stack)
    assert f"Write {path}" in message
    still = [{**one, "metadata": {**one["metadata"], "annotations": {}}} for one in stack]
    assert violations(RULE, *still) == []


def test_a_single_retry_is_enough_for_unknown_calls_to_matter() -> None:
    hidden = deployment("cart", {"app": UNKNOWN_TEXT})
    assert len(violations(RULE, hidden, retried("cart", "1"))) == 1
    assert violations(RULE, hidden, limited("cart", "0")) == []


def test_labels_elsewhere_do_not_matter() -> None:
    other = deployment("cart", {"app": UNKNOWN_TEXT})
    other["metadata"]["namespace"] = "other"
    assert violations(RULE, other, retried("cart")) == []
    assert (
        violations(RULE, deployment("cart", {"app": "x", "v": UNKNOWN_TEXT}), retried("cart")) == []
    )


SERVER = thing(
    "policy.linkerd.io/v1beta3", "Server", "s", {"podSelector": {"matchLabels": {"app": "cart"}}}
)


def authorization(kind: str, name: str) -> Manifest:
    spec = {
        "targetRef": {"kind": "Server", "name": "s"},
        "requiredAuthenticationRefs": [{"kind": kind, "name": name}],
    }
    return thing("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", "a", spec)


def mesh_tls(**spec: Any) -> Manifest:
    return thing("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication", "m", spec)


WEB = workload("web", serviceAccountName="web")
CART = [workload("cart"), retried("cart", "11"), SERVER]
IDENTITY = "serviceaccount.identity.linkerd.cluster.local"


@pytest.mark.parametrize(
    "stack",
    [
        [authorization("ServiceAccount", "web")],
        [
            authorization("MeshTLSAuthentication", "m"),
            mesh_tls(identityRefs=[{"kind": "ServiceAccount", "name": "web"}]),
        ],
        [
            authorization("MeshTLSAuthentication", "m"),
            mesh_tls(identities=[f"web.shop.{IDENTITY}"]),
        ],
    ],
)
def test_the_callers_of_an_authorization(stack: list[Manifest]) -> None:
    (message,) = violations(RULE, WEB, *CART, *stack)
    assert "Deployment shop/web -> Deployment shop/cart" in message


@pytest.mark.parametrize(
    "stack",
    [
        [authorization("ServiceAccount", "other")],
        [authorization("NetworkAuthentication", "web")],
        [
            authorization("MeshTLSAuthentication", "n"),
            mesh_tls(identities=[f"web.shop.{IDENTITY}"]),
        ],
        [authorization("MeshTLSAuthentication", "m"), mesh_tls(identities=["*"])],
        [authorization("MeshTLSAuthentication", "m"), mesh_tls(identities=[f"*.shop.{IDENTITY}"])],
        [authorization("MeshTLSAuthentication", "m"), mesh_tls(identities=[f"web.b.{IDENTITY}"])],
        [
            authorization("MeshTLSAuthentication", "m"),
            mesh_tls(identityRefs=[{"kind": "Namespace", "name": "web"}]),
        ],
        [authorization("MeshTLSAuthentication", "m"), mesh_tls(identities=[UNKNOWN_TEXT])],
    ],
)
def test_who_is_no_caller(stack: list[Manifest]) -> None:
    assert violations(RULE, WEB, *CART, *stack) == []


ROUTE = thing(
    "policy.linkerd.io/v1beta3", "HTTPRoute", "r", {"parentRefs": [{"kind": "Server", "name": "s"}]}
)


def test_the_callers_of_a_route_of_the_server() -> None:
    policy = authorization("ServiceAccount", "web")
    policy["spec"]["targetRef"] = {"kind": "HTTPRoute", "name": "r"}
    assert len(violations(RULE, WEB, *CART, ROUTE, policy)) == 1
    assert violations(RULE, WEB, *CART, policy) == []
    for other in (
        {**ROUTE, "spec": {"parentRefs": [{"kind": "Server", "name": "t"}]}},
        {**ROUTE, "spec": {"parentRefs": [{"kind": "Service", "name": "s"}]}},
        elsewhere(ROUTE),
    ):
        assert violations(RULE, WEB, *CART, other, policy) == []


def test_only_pods_of_the_server_are_called() -> None:
    stack = [WEB, *CART, authorization("ServiceAccount", "web")]
    assert len(violations(RULE, *stack)) == 1
    stock = [workload("stock"), retried("stock", "20")]
    (message,) = violations(RULE, *stack, *stock)
    assert "Deployment shop/web -> Deployment shop/cart" in message


def test_pods_of_another_namespace_are_not_called() -> None:
    there = [elsewhere(one) for one in (workload("cart"), retried("cart", "11"))]
    assert violations(RULE, WEB, SERVER, *there, authorization("ServiceAccount", "web")) == []
    here = [workload("web", "cart"), retried("cart", "11")]
    assert violations(RULE, *here, there[0]) == []
    assert len(violations(RULE, workload("web", "other/cart"), *there)) == 1


def test_a_callee_without_a_service_multiplies_nothing() -> None:
    stack = [WEB, workload("cart"), SERVER, authorization("ServiceAccount", "web")]
    assert violations(RULE, *stack, maxAmplification=1.0) == []


def test_the_default_account_is_an_account() -> None:
    stack = [workload("web"), *CART, authorization("ServiceAccount", "default")]
    assert len(violations(RULE, *stack)) == 1


@pytest.mark.parametrize("hidden", [retried("cart", UNKNOWN_TEXT), profile("cart", UNKNOWN_TEXT)])
def test_unknown_retries_are_refused(hidden: Manifest) -> None:
    (message,) = violations(RULE, hidden)
    assert "the number of retries" in message
    assert "plain value" in message


def test_an_unknown_ratio_without_retries_does_not_matter() -> None:
    assert violations(RULE, profile("cart", UNKNOWN_TEXT, False)) == []

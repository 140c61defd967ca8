"""Resources, probes, replicas, images and accounts of meshed workloads."""

from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.rules.workloads.images import full_name
from tests.policy.meshed import ABSENT, CONTAINER, POD, changed, put
from tests.policy.objects import budget, thing
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Pack, token, violations

RESOURCES = "linkerd-workload-resources"
PROBES = "linkerd-workload-probes"
REPLICAS = "linkerd-workload-replicas"
PINNED = "linkerd-image-pinned"
REGISTRY = "linkerd-image-registry"
ACCOUNT = "linkerd-workload-account"
DIGEST = "sha256:" + "0af" * 21 + "b"
HTTP = {"httpGet": {"path": "/", "port": 80}}


@pytest.mark.parametrize(
    ("path", "value", "count"),
    [
        ("requests.cpu", ABSENT, 1),
        ("requests.cpu", "0", 1),
        ("requests.cpu", "0m", 1),
        ("requests.cpu", "0.0", 1),
        ("requests.cpu", "", 1),
        ("requests.cpu", "10m", 0),
        ("requests.cpu", 0, 1),
        ("requests.cpu", 1, 0),
        ("requests.cpu", 0.1, 0),
        ("requests.cpu", "0.05", 0),
        ("requests.cpu", UNKNOWN_TEXT, 1),
        ("requests.memory", ABSENT, 0),
        ("limits.memory", ABSENT, 1),
        ("limits", UNKNOWN_MAP, 1),
        ("limits", {}, 1),
    ],
)
def test_resources(path: str, value: Any, count: int) -> None:
    found = violations(RESOURCES, *changed(f"{CONTAINER}.resources.{path}", value))
    assert len(found) == count


def test_which_resources_are_needed_is_set() -> None:
    stack = changed(f"{CONTAINER}.resources", {"requests": {"memory": "1Mi"}})
    assert violations(RESOURCES, *stack, required=["requests.memory"]) == []
    (message,) = violations(RESOURCES, *stack, required=["limits.cpu"])
    assert f"{CONTAINER}.resources.limits.cpu".replace(".0", "[0]") in message
    assert len(violations(RESOURCES, *stack)) == 2


def test_ephemeral_containers_can_have_no_resources() -> None:
    debugger = [{"name": "debug", "image": "debug:1"}]
    assert violations(RESOURCES, *changed(f"{POD}.ephemeralContainers", debugger)) == []
    assert len(violations(RESOURCES, *changed(f"{POD}.initContainers", debugger))) == 2


@pytest.mark.parametrize(
    ("path", "value", "count"),
    [
        ("readinessProbe", ABSENT, 1),
        ("readinessProbe", {}, 1),
        ("readinessProbe", UNKNOWN_MAP, 1),
        ("readinessProbe", {"exec": {"command": ["true"]}}, 0),
        ("readinessProbe", {"grpc": {"port": 80}}, 1),
        ("livenessProbe", {"grpc": {"port": 80}}, 1),
        ("startupProbe", {"grpc": {"port": 80}}, 1),
        ("startupProbe", HTTP, 0),
    ],
)
def test_probes(path: str, value: Any, count: int) -> None:
    assert len(violations(PROBES, *changed(f"{CONTAINER}.{path}", value))) == count


def test_a_container_without_ports_needs_no_probe() -> None:
    namespace, deployment = changed(f"{CONTAINER}.readinessProbe", ABSENT)
    put(deployment, f"{CONTAINER}.ports", UNKNOWN_TEXT)
    assert len(violations(PROBES, namespace, deployment)) == 1
    put(deployment, f"{CONTAINER}.ports", [])
    assert violations(PROBES, namespace, deployment) == []


def test_what_runs_to_its_end_needs_no_probe() -> None:
    namespace, deployment = changed(f"{CONTAINER}.readinessProbe", ABSENT)
    job = {**deployment, "apiVersion": "batch/v1", "kind": "Job"}
    assert violations(PROBES, namespace, job) == []
    init = changed(f"{POD}.initContainers", [{"name": "a", "image": "a:1", "ports": [{}]}])
    assert violations(PROBES, *init) == []


def test_liveness_can_be_required() -> None:
    good = changed(f"{CONTAINER}.livenessProbe", HTTP)
    assert violations(PROBES, *good, requireLiveness=True) == []
    (message,) = violations(PROBES, *changed("spec.replicas", 1), requireLiveness=True)
    assert "livenessProbe" in message


CART = {"selector": {"matchLabels": {"app": "cart"}}}


@pytest.mark.parametrize(
    ("replicas", "minimum", "count"),
    [
        (2, 2, 0),
        (1, 2, 1),
        (3, 4, 1),
        (4, 4, 0),
        (ABSENT, 2, 1),
        (UNKNOWN_TEXT, 2, 1),
        ("2", 2, 1),
        (0, 1, 0),
    ],
)
def test_replicas(replicas: Any, minimum: int, count: int) -> None:
    stack = [*changed("spec.replicas", replicas), budget(**CART)]
    assert len(violations(REPLICAS, *stack, minimumReplicas=minimum)) == count
    assert violations(REPLICAS, *stack) == []


@pytest.mark.parametrize(("least", "count"), [(2, 0), (1, 1), (ABSENT, 1), (UNKNOWN_TEXT, 1)])
def test_an_autoscaler_says_how_many_pods(least: Any, count: int) -> None:
    target = {"scaleTargetRef": {"kind": "Deployment", "name": "cart"}, "minReplicas": 0}
    scaler = thing("autoscaling/v2", "HorizontalPodAutoscaler", "cart", target)
    put(scaler, "spec.minReplicas", least)
    stack = [*changed("spec.replicas", ABSENT), scaler, budget(**CART)]
    found = violations(REPLICAS, *stack, minimumReplicas=2)
    assert len(found) == count
    assert all("spec.minReplicas of HorizontalPodAutoscaler shop/cart" in one for one in found)
    put(scaler, "spec.scaleTargetRef.name", "other")
    (message,) = violations(REPLICAS, *stack, minimumReplicas=2)
    assert "spec.replicas of Deployment shop/cart" in message


def expression(operator: str, values: list[str], key: str = "app") -> dict[str, Any]:
    one = {"key": key, "operator": operator, "values": values}
    return {"selector": {"matchExpressions": [one]}}


@pytest.mark.parametrize(
    ("spec", "count"),
    [
        (CART, 0),
        ({"selector": {}}, 0),
        ({}, 1),
        ({"selector": UNKNOWN_MAP}, 1),
        ({"selector": {"matchLabels": {"app": "web"}}}, 1),
        ({"selector": {"matchLabels": {"app": UNKNOWN_TEXT}}}, 1),
        ({"selector": {"matchLabels": {"app": "cart", "tier": "front"}}}, 1),
        (expression("In", ["web", "cart"]), 0),
        (expression("In", ["web"]), 1),
        (expression("In", [UNKNOWN_TEXT]), 1),
        (expression("In", [UNKNOWN_TEXT, "cart"]), 0),
        (expression("NotIn", ["web"]), 0),
        (expression("NotIn", ["cart"]), 1),
        (expression("NotIn", [UNKNOWN_TEXT]), 1),
        (expression("Exists", []), 0),
        (expression("Exists", [], "tier"), 1),
        (expression("DoesNotExist", []), 1),
        (expression("DoesNotExist", [], "tier"), 0),
    ],
)
def test_a_budget_must_select_the_pods(spec: dict[str, Any], count: int) -> None:
    stack = [*changed("spec.replicas", 2), budget(**spec)]
    found = violations(REPLICAS, *stack, minimumReplicas=2)
    assert len(found) == count
    assert all("Add a PodDisruptionBudget" in message for message in found)


def test_a_budget_of_another_namespace_does_not_count() -> None:
    other = budget(**CART)
    other["metadata"]["namespace"] = "web"
    assert len(violations(REPLICAS, *changed("spec.replicas", 2), other, minimumReplicas=2)) == 1


def test_stores_are_left_out() -> None:
    namespace, deployment = changed("spec.replicas", 1)
    store = {**deployment, "kind": "StatefulSet"}
    assert violations(REPLICAS, namespace, store, minimumReplicas=3) == []


@pytest.mark.parametrize(
    ("image", "count", "with_digests"),
    [
        ("cart:1.2", 0, 1),
        ("cart", 1, 1),
        ("cart:latest", 1, 1),
        ("registry.example:5000/cart", 1, 1),
        ("registry.example:5000/cart:1", 0, 1),
        (f"cart@{DIGEST}", 0, 0),
        (f"cart:latest@{DIGEST}", 0, 0),
        ("cart:1@sha256:0", 1, 1),
        (f"cart@{DIGEST}0", 1, 1),
        (UNKNOWN_TEXT, 1, 1),
        (5, 1, 1),
        (ABSENT, 1, 1),
    ],
)
def test_images_are_pinned(image: Any, count: int, with_digests: int) -> None:
    stack = changed(f"{CONTAINER}.image", image)
    assert len(violations(PINNED, *stack)) == count
    assert len(violations(PINNED, *stack, requireDigests=True)) == with_digests


@pytest.mark.parametrize("needed", [False, True])
def test_a_tag_is_proposed_where_it_is_enough(needed: bool) -> None:
    (message,) = violations(PINNED, *changed(f"{CONTAINER}.image", "cart"), requireDigests=needed)
    assert ("a tag" in message) is not needed


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("redis", "docker.io/library/redis"),
        ("redis:7", "docker.io/library/redis"),
        ("docker.io/redis:7", "docker.io/library/redis"),
        ("docker.io/bitnami/redis:7", "docker.io/bitnami/redis"),
        ("bitnami/redis", "docker.io/bitnami/redis"),
        ("localhost/redis", "localhost/redis"),
        ("localhost/shop/cart:1", "localhost/shop/cart"),
        ("team/v1.2/cart", "docker.io/team/v1.2/cart"),
        ("registry:5000/redis:7", "registry:5000/redis"),
        (f"ghcr.io/a/b:1@{DIGEST}", "ghcr.io/a/b"),
        (f"ghcr.io/a/b@{DIGEST}", "ghcr.io/a/b"),
    ],
)
def test_full_names(image: str, name: str) -> None:
    assert full_name(image) == name


@pytest.mark.parametrize(
    ("image", "count"),
    [
        ("ghcr.io/shop/cart:1", 0),
        ("ghcr.io/shopping/cart:1", 1),
        ("redis:7", 0),
        ("bitnami/redis:7", 1),
        (UNKNOWN_TEXT, 1),
        (ABSENT, 1),
    ],
)
def test_registries(image: Any, count: int) -> None:
    stack, allowed = changed(f"{CONTAINER}.image", image), ["ghcr.io/shop", "docker.io/library"]
    assert len(violations(REGISTRY, *stack, allowedRegistries=allowed)) == count
    assert violations(REGISTRY, *stack) == []


@pytest.mark.parametrize(
    ("path", "value", "count"),
    [
        ("serviceAccountName", ABSENT, 1),
        ("serviceAccountName", "default", 1),
        ("serviceAccountName", "", 1),
        ("serviceAccountName", UNKNOWN_TEXT, 1),
        ("automountServiceAccountToken", ABSENT, 1),
        ("automountServiceAccountToken", True, 1),
        ("automountServiceAccountToken", UNKNOWN_TEXT, 1),
    ],
)
def test_accounts(path: str, value: Any, count: int) -> None:
    found = violations(ACCOUNT, *changed(f"{POD}.{path}", value))
    assert len(found) == count
    assert all(path in message for message in found)


def test_the_older_name_of_the_account_counts() -> None:
    namespace, deployment = changed(f"{POD}.serviceAccountName", ABSENT)
    put(deployment, f"{POD}.serviceAccount", "cart")
    assert violations(ACCOUNT, namespace, deployment) == []


@pytest.mark.parametrize(
    ("mounts", "name", "count"),
    [(False, "cart", 0), (True, "cart", 1), (False, "other", 1), (UNKNOWN_TEXT, "cart", 1)],
)
def test_the_account_may_say_that_no_token_is_mounted(mounts: Any, name: str, count: int) -> None:
    account = {**thing("v1", "ServiceAccount", name), "automountServiceAccountToken": mounts}
    stack = changed(f"{POD}.automountServiceAccountToken", ABSENT)
    assert len(violations(ACCOUNT, *stack, account)) == count


def test_a_workload_that_needs_a_token_is_listed() -> None:
    stack = changed(f"{POD}.automountServiceAccountToken", True)
    assert violations(ACCOUNT, *stack, allowTokens=["shop/cart"]) == []
    assert len(violations(ACCOUNT, *stack, allowTokens=["shop/web"])) == 1


@pytest.mark.parametrize(
    ("rule", "path", "settings"),
    [
        (RESOURCES, f"{CONTAINER}.resources.limits.memory", {}),
        (PROBES, f"{CONTAINER}.readinessProbe", {}),
        (REPLICAS, "spec.replicas", {"minimumReplicas": 2}),
        (PINNED, f"{CONTAINER}.image", {}),
        (REGISTRY, f"{CONTAINER}.image", {"allowedRegistries": ["registry.example"]}),
        (ACCOUNT, f"{POD}.serviceAccountName", {}),
        (ACCOUNT, f"{POD}.automountServiceAccountToken", {}),
    ],
)
def test_what_is_not_known_is_to_be_plain(rule: str, path: str, settings: dict[str, Any]) -> None:
    stack = [*changed(path, UNKNOWN_TEXT), budget(**CART)]
    (message,) = violations(rule, *stack, **settings)
    assert message.startswith(f"Write {path.replace('.0', '[0]')} of Deployment shop/cart as a pl")


@pytest.mark.parametrize(("spec", "count"), [({}, 0), ({"replicas": 2}, 0), ({"replicas": 1}, 1)])
def test_a_patch_may_leave_replicas_and_budget_to_its_object(
    spec: dict[str, Any], count: int
) -> None:
    namespace, deployment = changed("spec", spec)
    kinds = [token(namespace), f"{token(deployment)}Patch"]
    pack = Pack({REPLICAS: {"minimumReplicas": 2}})
    found = pack.stack([namespace, deployment], kinds).diagnostics
    assert [one.policyName for one in found] == [REPLICAS] * count

"""Rules on workloads look at meshed ones, and at no others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from linkerd_policies.framework.model import Finding, Settings
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, objects_of
from linkerd_policies.framework.values import MapView
from linkerd_policies.reading.mesh import Namespaces, is_meshed
from linkerd_policies.reading.meshed_workloads import (
    Container,
    Workload,
    for_containers,
    for_workloads,
)
from linkerd_policies.rules.examples import GOOD
from tests.policy.meshed import ABSENT, CONTAINER, changed, put
from tests.policy.support import (
    BY_NAME,
    UNKNOWN_MAP,
    UNKNOWN_TEXT,
    Manifest,
    Pack,
    documents,
    struct,
    token,
    violations,
)

PINNED = "linkerd-image-pinned"
INJECT = "linkerd\\.io/inject"
TEMPLATE = f"spec.template.metadata.annotations.{INJECT}"
NAMESPACE = f"metadata.annotations.{INJECT}"


def unpinned(**places: Any) -> list[Manifest]:
    """The example with the image ``cart:latest``, and other annotations on pod or namespace."""
    namespace, deployment = changed(f"{CONTAINER}.image", "cart:latest")
    if "pod" in places:
        put(deployment, TEMPLATE, places["pod"])
    if "namespace" in places:
        put(namespace, NAMESPACE, places["namespace"])
    return [namespace, deployment]


@pytest.mark.parametrize(
    ("places", "count"),
    [
        ({}, 1),
        ({"namespace": "ingress"}, 1),
        ({"namespace": "disabled"}, 0),
        ({"namespace": UNKNOWN_TEXT}, 1),
        ({"namespace": "disabled", "pod": "enabled"}, 1),
        ({"namespace": "disabled", "pod": UNKNOWN_TEXT}, 1),
        ({"pod": "disabled"}, 0),
        ({"pod": "ingress"}, 1),
    ],
)
def test_what_counts_as_meshed(places: dict[str, Any], count: int) -> None:
    assert len(violations(PINNED, *unpinned(**places))) == count


def test_a_namespace_of_another_stack_is_named_by_the_setting() -> None:
    _, deployment = unpinned()
    assert violations(PINNED, deployment) == []
    assert len(violations(PINNED, deployment, meshedNamespaces=["shop"])) == 1
    assert violations(PINNED, deployment, meshedNamespaces=["other"]) == []


def test_namespaces_of_linkerd_are_left_out() -> None:
    namespace, deployment = unpinned()
    assert violations(PINNED, namespace, deployment, systemNamespaces=["shop"]) == []
    other = {**deployment, "metadata": {"name": "cart", "namespace": "other"}}
    settings: Any = {"systemNamespaces": ["other"]}
    assert len(violations(PINNED, namespace, other, deployment, **settings)) == 1
    assert len(violations(PINNED, namespace, deployment, other, **settings)) == 1


def test_unknown_names_count_as_meshed() -> None:
    namespace, deployment = unpinned()
    put(deployment, "metadata.namespace", UNKNOWN_TEXT)
    assert len(violations(PINNED, namespace, deployment)) == 1
    namespace, deployment = unpinned()
    put(namespace, "metadata.name", UNKNOWN_TEXT)
    assert len(violations(PINNED, namespace, deployment)) == 1


def test_another_namespace_is_not_meshed() -> None:
    namespace, deployment = unpinned()
    put(deployment, "metadata.namespace", "other")
    assert violations(PINNED, namespace, deployment) == []


@pytest.mark.parametrize(
    ("kind", "version", "path"),
    [
        ("StatefulSet", "apps/v1", "template"),
        ("DaemonSet", "apps/v1", "template"),
        ("Job", "batch/v1", "template"),
        ("Rollout", "argoproj.io/v1alpha1", "template"),
        ("CronJob", "batch/v1", "jobTemplate.spec.template"),
    ],
)
def test_nested_pods_are_found(kind: str, version: str, path: str) -> None:
    namespace, deployment = unpinned()
    nested: Manifest = {
        "apiVersion": version,
        "kind": kind,
        "metadata": deployment["metadata"],
    }
    put(nested, f"spec.{path}", deployment["spec"]["template"])
    (message,) = violations(PINNED, namespace, nested)
    assert f"spec.{path}.spec.containers[0].image of {kind} shop/cart" in message


def test_a_pod_is_its_own_template() -> None:
    namespace, deployment = unpinned()
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": deployment["metadata"]}
    pod["spec"] = deployment["spec"]["template"]["spec"]
    (message,) = violations(PINNED, namespace, pod)
    assert " spec.containers[0].image of Pod shop/cart" in message


@pytest.mark.parametrize("field", ["initContainers", "containers", "ephemeralContainers"])
def test_every_container_is_looked_at(field: str) -> None:
    path = f"spec.template.spec.{field}"
    containers = [{"name": "a", "image": "a:1"}, {"name": "b", "image": "b"}]
    (message,) = violations(PINNED, *changed(path, containers))
    assert f"{path}[1].image" in message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.template", UNKNOWN_MAP),
        ("spec.template.spec", UNKNOWN_MAP),
        ("spec.template.spec.containers", UNKNOWN_TEXT),
        (CONTAINER, UNKNOWN_MAP),
    ],
)
def test_unknown_containers_are_refused(path: str, value: str) -> None:
    found = violations(PINNED, *changed(path, value))
    assert found
    assert all("as a plain value" in message for message in found)


def test_an_unknown_value_is_named_with_its_place() -> None:
    (message,) = violations(PINNED, *changed(f"{CONTAINER}.image", UNKNOWN_TEXT))
    place = "spec.template.spec.containers[0].image of Deployment shop/cart"
    assert message.startswith(f"Write {place} as a plain value")


@pytest.mark.parametrize(
    ("image", "suffix", "count"),
    [
        (ABSENT, "", 1),
        (ABSENT, "Patch", 0),
        ("cart:latest", "", 1),
        ("cart:latest", "Patch", 1),
        ("cart:1.0", "Patch", 0),
    ],
)
def test_a_patch_may_leave_a_value_to_its_object(image: Any, suffix: str, count: int) -> None:
    stack = changed(f"{CONTAINER}.image", image)
    namespace, deployment = map(token, stack)
    found = Pack().stack(stack, [namespace, f"{deployment}{suffix}"]).diagnostics
    assert [one.policyName for one in found].count(PINNED) == count


OTHER = {"metadata": {"name": "web", "namespace": "other"}}
SETTINGS = {"meshedNamespaces": [], "systemNamespaces": [], "word": "really"}


def objects(*manifests: Manifest) -> list[KubeObject]:
    return [
        obj
        for number, one in enumerate(manifests)
        for obj in objects_of(token(one), MapView(struct(one)), f"urn:{number}", "thing")
    ]


def test_a_check_is_asked_about_each_meshed_workload() -> None:
    def check(workload: Workload, settings: Settings) -> Iterator[str]:
        yield f"{workload.obj} {settings['word']}"

    namespace, deployment = unpinned()
    stack = objects(namespace, {**deployment, **OTHER}, deployment)
    found = list(for_workloads(check)(stack, SETTINGS))
    assert found == [Finding("Deployment shop/cart really", "urn:2")]


def test_a_check_is_asked_about_each_container_that_is_known() -> None:
    def check(workload: Workload, container: Container, settings: Settings) -> Iterator[str]:
        kind = "main" if container.serves else "other"
        yield f"{kind} {container.path} of {workload.obj} {settings['word']}"

    path = "spec.template.spec"
    namespace, deployment = changed(f"{path}.initContainers", [{"name": "a"}, UNKNOWN_MAP])
    first, second, third = for_containers(check)(objects(namespace, deployment), SETTINGS)
    place = "of Deployment shop/cart really"
    assert first == Finding(f"other {path}.initContainers[0] {place}", "urn:1")
    assert second.message.startswith(f"Write {path}.initContainers[1] of Deployment shop/cart")
    assert third == Finding(f"main {path}.containers[0] {place}", "urn:1")


def test_the_example_passes_every_rule() -> None:
    assert Pack().diagnostics(*documents(GOOD)) == []


def test_two_providers_of_one_cluster_share_its_namespaces() -> None:
    rule: Any = BY_NAME[PINNED]
    objects = [
        obj
        for provider, manifest in zip(("one", "two"), unpinned(), strict=True)
        for obj in objects_of(token(manifest), manifest, "urn:x", "thing", provider=provider)
    ]
    assert len(list(rule.check(objects, rule.resolve(None)))) == 1


@pytest.mark.parametrize(
    ("annotations", "home", "meshed"),
    [
        ({"linkerd.io/inject": "enabled"}, "other", True),
        ({"linkerd.io/inject": "ingress"}, "other", True),
        ({"linkerd.io/inject": "disabled"}, "shop", False),
        ({"linkerd.io/inject": UNKNOWN_TEXT}, "other", True),
        (UNKNOWN_MAP, "other", True),
        ({}, "shop", True),
        ({}, "other", False),
        (None, "shop", True),
    ],
    ids=str,
)
def test_which_workloads_are_meshed(annotations: Any, home: str, meshed: bool) -> None:
    _, workload = unpinned()
    workload["metadata"]["namespace"] = home
    workload["spec"]["template"]["metadata"]["annotations"] = annotations
    (obj,) = objects(workload)
    assert is_meshed(obj, Namespaces(frozenset({"shop"}))) is meshed


@pytest.mark.parametrize(
    ("names", "namespace", "included"),
    [
        (set(), "shop", False),
        (set(), UNKNOWN, False),
        ({"shop"}, "shop", True),
        ({"shop"}, "other", False),
        ({"shop"}, UNKNOWN, True),
        ({UNKNOWN}, "shop", True),
        ({UNKNOWN}, UNKNOWN, True),
    ],
    ids=str,
)
def test_an_unknown_namespace_may_be_any(names: Any, namespace: Any, included: bool) -> None:
    assert Namespaces(frozenset(names)).may_include(namespace) is included

"""Rules on workloads look at meshed ones, and at no others."""

from __future__ import annotations

from typing import Any

import pytest

from linkerd_policies.examples import GOOD
from linkerd_policies.objects import objects_of
from tests.policy.meshed import CONTAINER, changed, put
from tests.policy.support import (
    BY_NAME,
    UNKNOWN_MAP,
    UNKNOWN_TEXT,
    Manifest,
    Pack,
    documents,
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
    assert violations(PINNED, *unpinned(), systemNamespaces=["shop"]) == []


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

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy.proxy import UnknownValueError, unknown_checking_proxy

from linkerd_policies.framework.objects import (
    UNKNOWN,
    KubeObject,
    as_name,
    demand,
    demand_items,
    elements,
    is_list,
    keys,
    objects_of,
    peek,
    read,
)
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT


def _object(resource_type: str, props: dict[str, Any]) -> KubeObject:
    (only,) = objects_of(resource_type, unknown_checking_proxy(props), "urn:x", "thing")
    return only


@pytest.mark.parametrize(
    ("resource_type", "props", "expected"),
    [
        ("kubernetes:core/v1:Namespace", {"apiVersion": "v1", "kind": "Namespace"}, "Namespace"),
        ("kubernetes:core/v1:Namespace", {}, "Namespace"),
        ("kubernetes:core/v1:NamespacePatch", {}, "Namespace"),
        (
            "kubernetes:core/v1:NamespacePatch",
            {"apiVersion": "v1", "kind": "Namespace"},
            "Namespace",
        ),
        ("kubernetes:core/v1:Service", {"apiVersion": "v1", "kind": UNKNOWN_TEXT}, "Service"),
    ],
)
def test_core_objects(resource_type: str, props: dict[str, Any], expected: str) -> None:
    obj = _object(resource_type, props)
    assert obj.group_kind == ("", expected)
    assert obj.urn == "urn:x"


@pytest.mark.parametrize("suffix", ["", "Patch"])
def test_custom_resources(suffix: str) -> None:
    token = f"kubernetes:linkerd.io/v1alpha2:ServiceProfile{suffix}"
    assert _object(token, {}).group_kind == ("linkerd.io", "ServiceProfile")


def test_helm_release_is_known_by_its_token() -> None:
    assert _object("kubernetes:helm.sh/v3:Release", {"chart": "x"}).group_kind == (
        "helm.sh",
        "Release",
    )


def test_other_resources_are_no_objects() -> None:
    assert list(objects_of("random:index/randomPassword:RandomPassword", {}, "urn:x", "p")) == []
    assert list(objects_of("pulumi:providers:kubernetes", {}, "urn:x", "p")) == []


def test_the_items_of_a_list_are_objects() -> None:
    items = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}, UNKNOWN_MAP]
    props = unknown_checking_proxy({"apiVersion": "v1", "kind": "List", "items": items})
    found = list(objects_of("kubernetes:core/v1:List", props, "urn:x", "thing"))
    assert [str(obj) for obj in found] == ["Namespace a"]


@pytest.mark.parametrize("declared", [{}, {"apiVersion": "apps/v1", "kind": "DeploymentList"}])
def test_the_items_of_a_typed_list_need_not_name_their_kind(declared: dict[str, str]) -> None:
    items = [{"metadata": {"name": "a"}}, {"apiVersion": "v1", "kind": "Pod"}]
    props = unknown_checking_proxy({**declared, "items": items})
    found = list(objects_of("kubernetes:apps/v1:DeploymentList", props, "urn:x", "thing"))
    assert [obj.group_kind for obj in found] == [("apps", "Deployment"), ("", "Pod")]


def test_a_kind_that_ends_in_list_without_items_is_an_object() -> None:
    kind = "kubernetes:example.com/v1:AllowList"
    assert _object(kind, {"spec": {}}).group_kind == ("example.com", "AllowList")


@pytest.mark.parametrize("items", [UNKNOWN_TEXT, [{}, UNKNOWN_MAP]])
def test_a_list_that_is_not_known_waits_for_up(items: Any) -> None:
    props = unknown_checking_proxy({"items": items})
    with pytest.raises(UnknownValueError):
        demand_items("kubernetes:apps/v1:DeploymentList", props)
    declared = {"apiVersion": "apps/v1", "kind": "DeploymentList", "items": items}
    with pytest.raises(UnknownValueError):
        demand_items("kubernetes:apps/v1:Deployment", unknown_checking_proxy(declared))
    demand_items("kubernetes:apps/v1:Deployment", props)
    demand_items("random:index/thing:DeploymentList", props)
    demand_items("kubernetes:apps/v1:DeploymentList", {"items": [{}]})
    demand_items("kubernetes:apps/v1:DeploymentList", {})


@pytest.mark.parametrize(
    ("resource_type", "props", "patch"),
    [
        ("kubernetes:apps/v1:DeploymentPatch", {}, True),
        (
            "kubernetes:apps/v1:DeploymentPatch",
            {"apiVersion": "apps/v1", "kind": "Deployment"},
            True,
        ),
        ("kubernetes:apps/v1:Deployment", {}, False),
        (
            "kubernetes:example.com/v1:HotPatch",
            {"apiVersion": "example.com/v1", "kind": "HotPatch"},
            False,
        ),
    ],
)
def test_patches(resource_type: str, props: dict[str, Any], patch: bool) -> None:
    assert _object(resource_type, props).patch is patch


def test_options_are_kept() -> None:
    obj = _object("kubernetes:core/v1:Namespace", {})
    assert (obj.protected, obj.provider) == (False, "")
    kind = "kubernetes:core/v1:Namespace"
    (obj,) = objects_of(kind, {}, "urn:x", "thing", protected=True, provider="urn:p")
    assert (obj.protected, obj.provider) == (True, "urn:p")


def test_names() -> None:
    known = _object("kubernetes:apps/v1:Deployment", {"metadata": {"name": "a", "namespace": "b"}})
    assert (known.key, str(known)) == ("b/a", "Deployment b/a")
    bare = _object("kubernetes:apps/v1:Deployment", {})
    assert (bare.key, str(bare)) == ("default/thing", "Deployment default/thing")
    odd = _object("kubernetes:apps/v1:Deployment", {"metadata": {"name": 5, "namespace": ""}})
    assert odd.key == "default/thing"
    unknown = _object("kubernetes:apps/v1:Deployment", {"metadata": {"namespace": UNKNOWN_TEXT}})
    assert (unknown.key, str(unknown)) == (UNKNOWN, "Deployment thing")


def test_reading() -> None:
    value = unknown_checking_proxy(
        {"a": {"b": UNKNOWN_TEXT, "c": [1, UNKNOWN_TEXT]}, "m": UNKNOWN_MAP}
    )
    assert read(value, "a", "b") is UNKNOWN
    assert read(value, "a", "none", "deeper") is None
    assert read(value, "a", "c", 0) == 1
    assert read(value, "a", "c", 2) is None
    assert read(value, "m") is UNKNOWN
    with pytest.raises(UnknownValueError):
        read(value, "m", "x")
    assert peek(value, "m", "x") is UNKNOWN
    assert peek(UNKNOWN, "x") is UNKNOWN
    with pytest.raises(UnknownValueError):
        demand(value, "m")
    assert list(elements(read(value, "a", "c"))) == [1, UNKNOWN]
    assert keys(value) == ["a", "m"]


@pytest.mark.parametrize("value", [None, "text", 3, True, UNKNOWN])
def test_what_is_neither_list_nor_mapping(value: object) -> None:
    assert not is_list(value)
    assert list(elements(value)) == []
    assert keys(value) == []


@pytest.mark.parametrize(
    ("value", "name"),
    [("a", "a"), (UNKNOWN, UNKNOWN), (None, None), (5, None), (["a"], None)],
    ids=str,
)
def test_what_a_reference_names(value: object, name: object) -> None:
    assert as_name(value) == name

"""Objects sorted by kind, what rules share, and the index of pods by label."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkerd_policies.framework.objects import KubeObject, peek
from linkerd_policies.framework.stack import Stack, of_kinds, once
from linkerd_policies.reading.label_selector import takes
from linkerd_policies.reading.pods import all_pods, may_take
from tests.policy.objects import deployment, namespace, service
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, read

DEPLOYMENT, SERVICE = ("apps", "Deployment"), ("", "Service")
MIXED = [deployment("a"), service("a"), namespace(), service("b"), deployment("b")]


@pytest.mark.parametrize("make", [list, Stack], ids=["list", "stack"])
def test_kinds_come_in_the_engines_order(make: Any) -> None:
    objects = make(read(MIXED))
    found = of_kinds(objects, SERVICE, DEPLOYMENT)
    assert [(obj.kind, obj.name) for obj in found] == [
        ("Deployment", "a"),
        ("Service", "a"),
        ("Service", "b"),
        ("Deployment", "b"),
    ]
    assert of_kinds(objects, SERVICE, SERVICE) == [objects[1], objects[3]]
    assert of_kinds(objects, ("", "Pod")) == of_kinds(objects) == []


def test_a_stack_is_the_sequence_of_its_objects() -> None:
    objects = read(MIXED)
    stack = Stack(objects)
    assert list(stack) == objects
    assert len(stack) == len(objects)
    assert list(stack[1:3]) == objects[1:3]
    assert stack[-1] is objects[-1]


def test_rules_share_what_is_found_in_a_stack() -> None:
    asked: list[str] = []

    @once
    def names(objects: Sequence[KubeObject], suffix: str = "") -> list[str]:
        asked.append(suffix)
        return [f"{obj.name}{suffix}" for obj in objects]

    stack, other = Stack(read(MIXED)), Stack(read(MIXED[:1]))
    assert names(stack) is names(stack)
    assert names(stack, "!") == [f"{name}!" for name in names(stack)]
    assert names(other) == ["a"]
    assert asked == ["", "!", ""]
    names(list(stack))
    names(list(stack))
    assert asked == ["", "!", "", "", ""]


VALUES = st.sampled_from(["a", "b", 1, True, None, UNKNOWN_TEXT, {"odd": "value"}])
LABELS = st.dictionaries(st.sampled_from(["app", "version"]), VALUES)
SELECTORS = st.one_of(
    st.none(),
    st.just(UNKNOWN_MAP),
    st.fixed_dictionaries(
        {},
        optional={
            "matchLabels": st.one_of(LABELS, st.just(UNKNOWN_MAP)),
            "matchExpressions": st.lists(
                st.fixed_dictionaries({"key": st.just("app"), "operator": st.just("Exists")}),
                max_size=1,
            ),
        },
    ),
)


@given(st.lists(st.one_of(LABELS, st.just(UNKNOWN_MAP)), max_size=6), SELECTORS)
def test_no_pod_that_a_selector_may_take_is_left_out(labels: list[Any], selector: Any) -> None:
    manifests = [deployment(f"d{number}", one) for number, one in enumerate(labels)]
    manifests.append({**deployment("selecting"), "spec": {"selector": selector}})
    stack = Stack(read(manifests))
    wanted = all_pods(stack)
    chosen = peek(stack[-1].props, "spec", "selector")
    names = [pod.obj.name for pod in may_take(stack, chosen)]
    assert names == [pod.obj.name for pod in wanted if pod.obj.name in names]
    for pod in wanted:
        assert pod.obj.name in names or takes(chosen, pod.labels) is False


def test_each_plain_label_leaves_the_other_pods_out() -> None:
    labels = [{"app": "a", "v": "1"}, {"app": "a", "v": "2"}, {"app": UNKNOWN_TEXT, "v": "2"}]
    manifests = [deployment(f"d{number}", one) for number, one in enumerate(labels)]
    stack = Stack(read([*manifests, deployment("d3", UNKNOWN_MAP), deployment("d4", {"v": "2"})]))
    found = may_take(stack, {"matchLabels": {"app": "a"}})
    assert [pod.obj.name for pod in found] == ["d0", "d1", "d2", "d3"]
    found = may_take(stack, {"matchLabels": {"app": "a", "v": "1"}})
    assert [pod.obj.name for pod in found] == ["d0", "d3"]
    found = may_take(stack, {"matchLabels": {"app": "a", "v": "2"}})
    assert [pod.obj.name for pod in found] == ["d1", "d2", "d3"]

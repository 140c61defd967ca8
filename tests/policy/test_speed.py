"""What the pack does for each resource, counted in calls of its functions: no clock, no noise.

The bounds are what it takes now with room for some rules more. What fails them is work that grows
with the square of the stack, or that is done for resources that no rule looks at.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from linkerd_policies.framework import secrecy
from tests.policy.objects import deployment, namespace, route, service, thing
from tests.policy.support import Manifest, Pack, secret, violations

pytestmark = pytest.mark.slow

PACK = str(Path(secrecy.__file__).parent)
CALLS_PER_OBJECT = 400
"""Calls of the pack's functions in which a resource is read and judged alone, on average."""


def calls(work: Callable[[], object]) -> int:
    """How many of the pack's functions ``work`` calls; the same in every run."""
    count = 0

    def on_event(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call" and frame.f_code.co_filename.startswith(PACK)

    before = sys.getprofile()
    sys.setprofile(on_event)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def services(number: int) -> list[Manifest]:
    """A meshed namespace with as many workloads and all that belongs to one."""
    return [namespace(), *(one for index in range(number) for one in of_service(f"s{index}"))]


def of_service(name: str) -> Iterator[Manifest]:
    labels, linkerd = {"app": name}, "policy.linkerd.io/v1beta3"
    yield deployment(name, labels, [{"name": "http", "containerPort": 8080}])
    yield service(name, labels)
    yield thing("v1", "ServiceAccount", name)
    yield thing("v1", "ConfigMap", name)
    yield thing("policy/v1", "PodDisruptionBudget", name, {"selector": {"matchLabels": labels}})
    yield thing(linkerd, "Server", name, {"podSelector": {"matchLabels": labels}, "port": "http"})
    yield thing(
        "policy.linkerd.io/v1alpha1",
        "AuthorizationPolicy",
        name,
        {
            "targetRef": {"group": "policy.linkerd.io", "kind": "Server", "name": name},
            "requiredAuthenticationRefs": [{"kind": "MeshTLSAuthentication", "name": name}],
        },
    )
    yield thing(
        "policy.linkerd.io/v1alpha1",
        "MeshTLSAuthentication",
        name,
        {"identityRefs": [{"kind": "ServiceAccount", "name": name}]},
    )
    yield {**route({"name": name, "port": 8080}), "metadata": {"name": name, "namespace": "shop"}}


def workloads(number: int) -> list[Manifest]:
    return [namespace(), *(deployment(f"d{index}") for index in range(number))]


STACKS = {"services": (services, 9, 500), "workloads": (workloads, 1, 2000)}
"""How to make a stack, its objects per step, and what judging it may take for each of them."""


@pytest.mark.parametrize("name", STACKS)
def test_work_on_a_stack_grows_with_the_stack_not_with_its_square(name: str) -> None:
    make, objects_each, calls_each = STACKS[name]
    replicas = {"linkerd-workload-replicas": {"minimumReplicas": 2}}  # compares most by far
    pack, small, large = Pack(replicas), make(20), make(80)
    pack.stack(small)  # what is done once in the life of the pack
    few, many = calls(lambda: pack.stack(small)), calls(lambda: pack.stack(large))
    assert many < 5 * few
    assert many < calls_each * 80 * objects_each


def test_work_on_one_resource_is_bounded() -> None:
    pack, manifests = Pack(), services(20)
    for manifest in manifests:
        pack.resource(manifest)
    done = sum(calls(partial(pack.resource, manifest)) for manifest in manifests)
    assert done < CALLS_PER_OBJECT * len(manifests)


def test_a_resource_that_no_rule_looks_at_costs_next_to_nothing() -> None:
    pack, plain = Pack(), thing("v1", "ServiceAccount", "cart")
    token = "aws:s3/bucket:Bucket"
    pack.resource(plain, token)
    large = {**plain, "spec": {str(index): {"a": ["b"]} for index in range(200)}}
    assert calls(lambda: pack.resource(large, token)) == calls(lambda: pack.resource(plain, token))


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The properties in which the pack looked for secrets."""
    found: list[Any] = []
    search = secrecy.secret_paths

    def noted(value: Any, path: secrecy.Path = ()) -> Iterator[secrecy.Path]:
        if not path:
            found.append(value)
        return search(value, path)

    monkeypatch.setattr(secrecy, "secret_paths", noted)
    return found


def test_secrets_are_looked_for_where_a_rule_asks_only(searched: list[Any]) -> None:
    pack = Pack()
    for manifest in (*services(1), thing("v1", "Secret", "cart")):
        pack.resource(manifest)
    assert searched == []
    key = "-----BEGIN EC PRIVATE KEY-----"
    release = {
        "apiVersion": "helm.sh/v3",
        "kind": "Release",
        "chart": "other",
        "values": {"one": {"key": secret(key)}, "two": {"key": secret(key)}},
    }
    assert violations("linkerd-no-private-keys", release) == []
    assert len(searched) == 1


def test_answers_to_resources_alike_do_not_leak() -> None:
    """The pack answers alike for all objects of a kind; a violation is of its object alone."""
    pack, bad, good = Pack(), namespace(), namespace("other")
    bad["metadata"]["annotations"]["config.linkerd.io/default-inbound-policy"] = "audit"
    before = pack.resource(good)
    found = pack.resource(bad)
    assert [one.policyName for one in found.diagnostics] == ["linkerd-namespace-strict-mtls"]
    assert list(pack.resource(good).diagnostics) == list(before.diagnostics) == []
    assert [one.policy_name for one in found.not_applicable] == [
        one.policy_name for one in pack.resource(good).not_applicable
    ]

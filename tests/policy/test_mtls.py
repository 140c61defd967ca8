from __future__ import annotations

from typing import Any

import pytest

from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, Pack, notes, violations

NAMESPACE = "linkerd-namespace-strict-mtls"
WORKLOAD = "linkerd-workload-strict-mtls"

INJECT = "linkerd.io/inject"
POLICY = "config.linkerd.io/default-inbound-policy"
WEAK = ["all-unauthenticated", "cluster-unauthenticated", "audit", "all_authenticated", ""]
STRICT = ["all-authenticated", "cluster-authenticated", "deny"]


def namespace(annotations: Any, **labels: str) -> Manifest:
    metadata = {"name": "shop", "annotations": annotations, "labels": labels}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def workload(annotations: Any, kind: str = "apps/v1/Deployment", where: str = "shop") -> Manifest:
    """A workload of any kind, with these annotations on its pods."""
    version, _, name = kind.rpartition("/")
    metadata = {"name": "cart", "namespace": where}
    pod = {"metadata": {"annotations": annotations}}
    result: Manifest = {"apiVersion": version, "kind": name, "metadata": metadata}
    if name == "Pod":
        return {**result, "metadata": {**metadata, "annotations": annotations}}
    if name == "PodTemplate":
        return {**result, "template": pod}
    spec = {"template": pod}
    return {**result, "spec": {"jobTemplate": {"spec": spec}} if name == "CronJob" else spec}


@pytest.mark.parametrize("inject", ["enabled", "ingress"])
def test_meshed_namespace_needs_a_policy(inject: str) -> None:
    (message,) = violations(NAMESPACE, namespace({INJECT: inject}))
    assert "Namespace shop" in message
    assert f'metadata.annotations["{POLICY}"]' in message
    assert "all-authenticated, cluster-authenticated or deny" in message


@pytest.mark.parametrize("policy", STRICT)
def test_strict_namespace_passes(policy: str) -> None:
    assert violations(NAMESPACE, namespace({INJECT: "enabled", POLICY: policy})) == []


@pytest.mark.parametrize("policy", WEAK)
@pytest.mark.parametrize("inject", [{INJECT: "enabled"}, {}])
def test_weak_namespace_is_refused(policy: str, inject: dict[str, str]) -> None:
    assert len(violations(NAMESPACE, namespace({**inject, POLICY: policy}))) == 1


def test_allowed_policies_can_be_narrowed() -> None:
    strict = namespace({INJECT: "enabled", POLICY: "cluster-authenticated"})
    assert len(violations(NAMESPACE, strict, allowedPolicies=["deny"])) == 1
    strict["metadata"]["annotations"][POLICY] = "deny"
    assert violations(NAMESPACE, strict, allowedPolicies=["deny"]) == []


@pytest.mark.parametrize(
    ("annotations", "key"),
    [({INJECT: UNKNOWN_TEXT, POLICY: "deny"}, INJECT), ({POLICY: UNKNOWN_TEXT}, POLICY)],
)
def test_unknown_namespace_annotation_is_refused(annotations: dict[str, str], key: str) -> None:
    (message,) = violations(NAMESPACE, namespace(annotations))
    assert message.startswith(f'Write metadata.annotations["{key}"] of Namespace shop as a plain')


def test_a_namespace_that_may_be_meshed_needs_a_policy() -> None:
    found = violations(NAMESPACE, namespace({INJECT: UNKNOWN_TEXT}))
    assert [message.partition(" ")[0] for message in found] == ["Write", "Set"]


def test_unknown_siblings_do_not_matter() -> None:
    fine = namespace({INJECT: "enabled", POLICY: "deny", "team": UNKNOWN_TEXT})
    assert violations(NAMESPACE, fine) == []
    assert len(violations(NAMESPACE, namespace({INJECT: "enabled", "team": UNKNOWN_TEXT}))) == 1


def test_unknown_map_waits_for_the_values() -> None:
    assert violations(NAMESPACE, namespace(UNKNOWN_MAP)) == []
    (note,) = notes(NAMESPACE, namespace(UNKNOWN_MAP))
    assert "during preview" in note
    (note,) = notes(WORKLOAD, workload(UNKNOWN_MAP))
    assert "during preview" in note


def test_injection_that_is_switched_off_by_label() -> None:
    label = {"config.linkerd.io/admission-webhooks": "disabled"}
    meshed = namespace({INJECT: "enabled", POLICY: "deny"}, **label)
    (message,) = violations(NAMESPACE, meshed)
    assert "admission-webhooks" in message
    assert violations(NAMESPACE, namespace({}, **label)) == []


@pytest.mark.parametrize(
    "key", ["skip-inbound-ports", "skip-outbound-ports", "skip-subnets"], ids=str
)
def test_bypasses_are_refused_unless_listed(key: str) -> None:
    bypass = {f"config.linkerd.io/{key}": "4444"}
    strict = namespace({INJECT: "enabled", POLICY: "deny", **bypass})
    assert len(violations(NAMESPACE, strict)) == 1
    assert violations(NAMESPACE, strict, allowSkippedPorts=["shop"]) == []
    assert len(violations(WORKLOAD, workload(bypass))) == 1
    assert violations(WORKLOAD, workload(bypass), allowSkippedPorts=["shop/cart"]) == []
    assert len(violations(WORKLOAD, workload(bypass), allowSkippedPorts=["other/cart"])) == 1
    unknown = workload({f"config.linkerd.io/{key}": UNKNOWN_TEXT})
    assert len(violations(WORKLOAD, unknown)) == 1


def test_patches_are_checked() -> None:
    patch = namespace({POLICY: "audit"})
    response = Pack().resource(patch, "kubernetes:core/v1:NamespacePatch")
    assert [d.policyName for d in response.diagnostics] == [NAMESPACE]


KINDS = [
    "v1/Pod",
    "v1/PodTemplate",
    "v1/ReplicationController",
    "apps/v1/Deployment",
    "apps/v1/DaemonSet",
    "apps/v1/ReplicaSet",
    "apps/v1/StatefulSet",
    "argoproj.io/v1alpha1/Rollout",
    "batch/v1/Job",
    "batch/v1/CronJob",
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_workload_is_checked(kind: str) -> None:
    assert len(violations(WORKLOAD, workload({POLICY: "all-unauthenticated"}, kind))) == 1
    assert violations(WORKLOAD, workload({POLICY: "deny", "team": UNKNOWN_TEXT}, kind)) == []


@pytest.mark.parametrize("policy", WEAK)
def test_weak_workload_is_refused(policy: str) -> None:
    (message,) = violations(WORKLOAD, workload({POLICY: policy}))
    assert f'spec.template.metadata.annotations["{POLICY}"] of Deployment shop/cart' in message


@pytest.mark.parametrize("key", [POLICY, INJECT])
def test_unknown_workload_annotation_is_refused(key: str) -> None:
    (message,) = violations(WORKLOAD, workload({key: UNKNOWN_TEXT}))
    assert "plain value" in message


def test_unmeshed_workload_must_be_listed() -> None:
    unmeshed = workload({INJECT: "disabled"})
    assert len(violations(WORKLOAD, unmeshed)) == 1
    assert violations(WORKLOAD, unmeshed, allowUnmeshed=["shop/cart"]) == []
    assert len(violations(WORKLOAD, unmeshed, allowUnmeshed=["shop/other"])) == 1
    assert violations(WORKLOAD, workload({INJECT: "enabled"})) == []


def test_listing_a_workload_does_not_excuse_a_weak_policy() -> None:
    weak = workload({INJECT: "disabled", POLICY: "audit"})
    (message,) = violations(WORKLOAD, weak, allowUnmeshed=["shop/cart"])
    assert POLICY in message


def test_linkerds_own_pods_are_left_alone() -> None:
    own = workload({POLICY: "all-unauthenticated"}, where="linkerd")
    assert violations(WORKLOAD, own) == []
    assert len(violations(WORKLOAD, own, systemNamespaces=["mesh"])) == 1


def test_a_workload_of_unknown_name_is_not_on_any_list() -> None:
    unmeshed = workload({INJECT: "disabled"})
    unmeshed["metadata"]["name"] = UNKNOWN_TEXT
    assert len(violations(WORKLOAD, unmeshed, allowUnmeshed=["shop/cart"])) == 1


INJECTED = "linkerd-injected-workload-strict-mtls"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("inject", ["enabled", "ingress"])
def test_a_workload_meshed_by_itself_needs_a_policy(kind: str, inject: str) -> None:
    pods = workload({INJECT: inject}, kind)
    (message,) = violations(INJECTED, pods, namespace({}))
    assert message.startswith(f"Annotate Namespace shop with {POLICY}")
    assert violations(INJECTED, pods, namespace({POLICY: "deny"})) == []
    assert violations(INJECTED, pods, namespace({}), namespace({POLICY: "deny"})) == []
    assert violations(INJECTED, pods, namespace({POLICY: "deny"}), namespace({})) == []
    assert violations(INJECTED, pods, namespace({}), systemNamespaces=["shop"]) == []
    assert (
        violations(INJECTED, workload({INJECT: inject, POLICY: "deny"}, kind), namespace({})) == []
    )


def test_what_the_stack_does_not_show_is_no_violation() -> None:
    assert violations(INJECTED, workload({INJECT: "enabled"})) == []
    assert violations(INJECTED, workload({INJECT: "disabled"}), namespace({})) == []
    assert violations(INJECTED, workload({}), namespace({})) == []
    same_name = {**namespace({}), "kind": "ConfigMap"}
    assert violations(INJECTED, workload({INJECT: "enabled"}), same_name) == []
    assert violations(INJECTED, workload(UNKNOWN_MAP), namespace(UNKNOWN_MAP)) == []
    assert violations(INJECTED, workload({INJECT: "enabled"}), namespace(UNKNOWN_MAP)) == []


def test_a_meshed_workload_of_an_unknown_namespace_is_refused() -> None:
    (message,) = violations(INJECTED, workload({INJECT: "enabled"}, where=UNKNOWN_TEXT))
    assert "plain value" in message
    assert violations(INJECTED, workload({}, where=UNKNOWN_TEXT)) == []


@pytest.mark.parametrize(
    ("metadata", "count"),
    [
        ({"labels": {"team": "web"}}, 0),
        ({"annotations": {"linkerd.io/inject": "enabled"}}, 1),
        ({"annotations": {"config.linkerd.io/default-inbound-policy": "audit"}}, 1),
        ({"annotations": {"config.linkerd.io/default-inbound-policy": "deny"}}, 0),
    ],
)
def test_a_patch_of_a_namespace_is_judged_by_what_it_sets(
    metadata: dict[str, Any], count: int
) -> None:
    """A patch that meshes a namespace names the policy, too: it may be all that does."""
    patch = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", **metadata}}
    found = Pack().resource(patch, "kubernetes:core/v1:NamespacePatch").diagnostics
    assert [one.policyName for one in found] == ["linkerd-namespace-strict-mtls"] * count

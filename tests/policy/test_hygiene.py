"""How the mesh is installed, and what its proxies are."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy.proxy import unknown_checking_proxy

from linkerd_policies.framework.objects import UNKNOWN, objects_of
from linkerd_policies.reading import charts
from tests.policy.meshed import ABSENT, changed, put
from tests.policy.objects import release
from tests.policy.support import (
    BY_NAME,
    UNKNOWN_MAP,
    UNKNOWN_TEXT,
    Manifest,
    Pack,
    document,
    notes,
    token,
    violations,
)

PINNED = "linkerd-chart-pinned"
HA = "linkerd-high-availability"
ONE = "linkerd-one-control-plane"
CRDS = "linkerd-crds-protected"
LABELS = "linkerd-mesh-namespace-labels"
OVERRIDES = "linkerd-proxy-overrides"
RESOURCES = "linkerd-proxy-resources"
REPOSITORY = {"repo": "https://helm.linkerd.io/edge"}


@pytest.mark.parametrize(
    ("chart", "name", "local"),
    [
        ("linkerd-crds", "linkerd-crds", False),
        ("linkerd-edge/linkerd-viz", "linkerd-viz", False),
        ("oci://registry.example/linkerd2-cni", "linkerd2-cni", False),
        ("./charts/linkerd-control-plane", "linkerd-control-plane", True),
        ("../linkerd-jaeger/", "linkerd-jaeger", True),
        ("/charts/linkerd-smi", "linkerd-smi", True),
        ("charts/linkerd-viz-30.12.11.tgz", "linkerd-viz", True),
        ("https://helm.example/linkerd-viz-30.12.11.tgz", "linkerd-viz", False),
        ("linkerd-enterprise-control-plane", "linkerd-control-plane", False),
        ("linkerd-buoyant/linkerd-enterprise-crds", "linkerd-crds", False),
        ("oci://registry.example/acme-linkerd-crds:1.8.0", "linkerd-crds", False),
        ("./linkerd-enterprise-control-plane-2.16.2.tgz", "linkerd-control-plane", True),
        ("linkerd-control-plane-extras", None, False),
        ("redis", None, False),
        (5, None, False),
        (UNKNOWN_TEXT, UNKNOWN, False),
    ],
)
def test_names_of_charts(chart: Any, name: Any, local: bool) -> None:
    props = unknown_checking_proxy(release(chart))
    (obj,) = objects_of("kubernetes:helm.sh/v3:Release", props, "urn:x", "thing")
    assert charts.chart_name(obj) == name
    assert charts.is_local(obj) is local


@pytest.mark.parametrize(
    ("version", "count"),
    [
        ("2026.6.3", 0),
        ("v1.0.4", 0),
        ("1.16.11-edge", 0),
        ("1.2.3-rc.1+build.5", 0),
        ("~1.2.3", 1),
        ("1.2", 1),
        ("1.x", 1),
        ("1.2.3 || 2.0.0", 1),
        ("", 1),
        (None, 1),
        (UNKNOWN_TEXT, 1),
    ],
)
def test_chart_versions(version: Any, count: int) -> None:
    chart = release("linkerd-viz", repositoryOpts=REPOSITORY)
    if version is not None:
        chart["version"] = version
    assert len(violations(PINNED, chart)) == count
    assert violations(PINNED, {**chart, "chart": "redis"}) == []


@pytest.mark.parametrize(
    "chart", ["linkerd-enterprise-crds", "linkerd-buoyant", "acme-linkerd-crds"]
)
def test_charts_of_other_builds_are_pinned_too(chart: str) -> None:
    assert len(violations(PINNED, release(chart, repositoryOpts=REPOSITORY))) == 1


def test_a_chart_in_a_folder_needs_no_version() -> None:
    assert violations(PINNED, release("./linkerd-viz")) == []
    assert len(violations(PINNED, release("./linkerd-viz", repositoryOpts=REPOSITORY))) == 1
    assert len(violations(PINNED, release("oci://registry.example/linkerd-viz"))) == 1
    assert len(notes(PINNED, release(UNKNOWN_TEXT))) == 1


@pytest.mark.parametrize(
    ("path", "value", "count"),
    [
        ("controllerReplicas", 2, 1),
        ("controllerReplicas", 3, 0),
        ("controllerReplicas", 4, 0),
        ("controllerReplicas", ABSENT, 1),
        ("controllerReplicas", "3", 1),
        ("controllerReplicas", UNKNOWN_TEXT, 1),
        ("enablePodDisruptionBudget", False, 1),
        ("enablePodAntiAffinity", ABSENT, 1),
        ("webhookFailurePolicy", "Ignore", 1),
        ("webhookFailurePolicy", UNKNOWN_TEXT, 1),
    ],
)
def test_high_availability(path: str, value: Any, count: int) -> None:
    chart = document(BY_NAME[HA].good)
    put(chart, f"values.{path}", value)
    found = violations(HA, chart, requireHighAvailability=True)
    assert len(found) == count
    assert all(f"values.{path}" in message for message in found)
    assert violations(HA, chart) == []
    assert violations(HA, {**chart, "chart": "linkerd-viz"}, requireHighAvailability=True) == []


def test_one_control_plane_for_each_provider() -> None:
    def of(provider: str, name: str) -> Any:
        props = release("linkerd-control-plane")
        kind = "kubernetes:helm.sh/v3:Release"
        (obj,) = objects_of(kind, props, f"urn:{name}", name, provider=provider)
        return obj

    rule: Any = BY_NAME[ONE]
    objects = [of("east", "a"), of("west", "b")]
    assert list(rule.check(objects, {})) == []
    (finding,) = rule.check([*objects, of("east", "c")], {})
    assert finding.urn == "urn:c"
    assert "Remove c or a" in finding.message


CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "servers.policy.linkerd.io"},
}


@pytest.mark.parametrize(
    ("manifest", "count"),
    [
        (release("linkerd-crds"), 1),
        (release("linkerd-viz"), 0),
        (CRD, 1),
        ({**CRD, "metadata": {"name": "serviceprofiles.linkerd.io"}}, 1),
        ({**CRD, "metadata": {"name": "notlinkerd.io"}}, 0),
        ({**CRD, "metadata": {"name": "certificates.cert-manager.io"}}, 0),
    ],
)
def test_crds_are_protected(manifest: Manifest, count: int) -> None:
    assert len(violations(CRDS, manifest, requireProtection=True)) == count
    assert violations(CRDS, manifest) == []


def test_the_option_protect_reaches_the_rule() -> None:
    pack = Pack({CRDS: {"requireProtection": True}})
    chart = release("./linkerd-crds")
    assert [d.policyName for d in pack.resource(chart).diagnostics] == [CRDS]
    assert list(pack.resource(chart, protect=True).diagnostics) == []


@pytest.mark.parametrize(
    ("name", "labels", "count"),
    [
        ("linkerd", {}, 2),
        ("linkerd", {"linkerd.io/is-control-plane": "true"}, 1),
        ("linkerd-viz", {"linkerd.io/extension": "viz"}, 0),
        ("linkerd-viz", {"linkerd.io/extension": "jaeger"}, 1),
        ("linkerd-jaeger", {"linkerd.io/extension": UNKNOWN_TEXT}, 1),
        ("linkerd-multicluster", UNKNOWN_MAP, 1),
        ("shop", {}, 0),
        (UNKNOWN_TEXT, {}, 0),
    ],
)
def test_labels_of_the_mesh_s_namespaces(name: str, labels: Any, count: int) -> None:
    namespace = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": labels},
    }
    assert len(violations(LABELS, namespace)) == count


def test_a_patch_of_a_namespace_may_leave_labels_out() -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "linkerd-viz"}}
    kind = f"{token(namespace)}Patch"
    assert list(Pack().resource(namespace, kind).diagnostics) == []
    put(namespace, "metadata.labels", {"linkerd.io/extension": "other"})
    assert [d.policyName for d in Pack().resource(namespace, kind).diagnostics] == [LABELS]


@pytest.mark.parametrize(
    ("key", "value", "count"),
    [
        ("proxy-version", "edge-23.4.3", 1),
        ("proxy-image", "registry.example/proxy", 1),
        ("proxy-version", UNKNOWN_TEXT, 1),
        ("enable-debug-sidecar", "true", 1),
        ("enable-debug-sidecar", "false", 0),
        ("enable-debug-sidecar", UNKNOWN_TEXT, 1),
        ("proxy-log-level", "debug", 1),
        ("proxy-log-level", "warn,linkerd=TRACE", 1),
        ("proxy-log-level", "linkerd=info,warn", 0),
        ("proxy-log-level", "warn,linkerd=info,debugger=off", 0),
        ("proxy-log-level", UNKNOWN_TEXT, 1),
        ("proxy-log-format", "json", 0),
    ],
)
def test_proxy_overrides(key: str, value: str, count: int) -> None:
    place = f"annotations.config\\.linkerd\\.io/{key}"
    namespace, deployment = changed(f"spec.template.metadata.{place}", value)
    where = f'spec.template.metadata.annotations["config.linkerd.io/{key}"]'
    found = violations(OVERRIDES, deployment)
    assert len(found) == count
    assert all(where in message for message in found)
    debugging = violations(OVERRIDES, deployment, allowDebugging=True)
    assert len(debugging) == (count if key in ("proxy-version", "proxy-image") else 0)
    assert violations(OVERRIDES, deployment, systemNamespaces=["shop"]) == []
    put(namespace, f"metadata.{place}", value)
    assert len(violations(OVERRIDES, namespace)) == count


@pytest.mark.parametrize(
    ("level", "count"), [("debug", 1), ("warn,linkerd=info", 0), (UNKNOWN_TEXT, 1)]
)
def test_the_chart_s_log_level(level: str, count: int) -> None:
    chart = release("linkerd-control-plane", values={"proxy": {"logLevel": level}})
    assert len(violations(OVERRIDES, chart)) == count
    assert violations(OVERRIDES, chart, allowDebugging=True) == []
    assert violations(OVERRIDES, {**chart, "chart": "redis"}) == []


def test_annotations_that_are_not_known_wait_for_up() -> None:
    _, deployment = changed("spec.template.metadata.annotations", UNKNOWN_MAP)
    assert violations(OVERRIDES, deployment) == []


CPU = "config\\.linkerd\\.io/proxy-cpu-request"
MEMORY = "config\\.linkerd\\.io/proxy-memory-limit"
POD = "spec.template.metadata.annotations"


@pytest.mark.parametrize(
    ("pod", "namespace", "chart", "missing"),
    [
        ([], [], {}, [CPU, MEMORY]),
        ([CPU], [], {}, [MEMORY]),
        ([], [MEMORY], {}, [CPU]),
        ([CPU], [MEMORY], {}, []),
        ([], [], {"cpu": {"request": "1m"}, "memory": {"limit": "1Mi"}}, []),
        ([], [], {"cpu": {"request": ""}, "memory": {"request": "1Mi"}}, [CPU, MEMORY]),
    ],
)
def test_proxy_resources(
    pod: list[str], namespace: list[str], chart: dict[str, Any], missing: list[str]
) -> None:
    home, deployment = changed("spec.replicas", 2)
    for key in pod:
        put(deployment, f"{POD}.{key}", "1")
    for key in namespace:
        put(home, f"metadata.annotations.{key}", "1")
    plane = release("linkerd-control-plane", values={"proxy": {"resources": chart}})
    found = violations(RESOURCES, home, deployment, plane)
    assert len(found) == len(missing)
    for key, message in zip(missing, found, strict=True):
        assert key.replace("\\", "") in message
    # Without a control plane in the stack, its values cannot be seen.
    assert violations(RESOURCES, home, deployment) == []
    by_annotation = [key for key in (CPU, MEMORY) if key not in (*pod, *namespace)]
    assert len(violations(RESOURCES, home, deployment, always=True)) == len(by_annotation)


def test_a_chart_in_a_folder_may_have_options_of_a_repository() -> None:
    assert violations(PINNED, release("./linkerd-viz", repositoryOpts={"caFile": "ca.crt"})) == []


def test_a_patch_is_passed_over_and_hides_no_other_workload() -> None:
    home, deployment = changed("spec.replicas", 2)
    plane = release("linkerd-control-plane", values={"proxy": {}})
    patched, others = f"{token(deployment)}Patch", [token(home), token(plane)]
    pack = Pack()

    def found(*kinds: str) -> list[str]:
        workloads = [deployment for _ in kinds]
        diagnostics = pack.stack([home, plane, *workloads], [*others, *kinds]).diagnostics
        return [one.policyName for one in diagnostics if one.policyName == RESOURCES]

    assert found(patched) == []
    assert found(patched, token(deployment)) == [RESOURCES] * 2


@pytest.mark.parametrize(
    ("own", "chart", "refused"),
    [("0", "1m", True), ("0m", "1m", True), ("1m", "0", False), (UNKNOWN_TEXT, "0", False)],
)
def test_the_pods_own_proxy_resources_go_before_the_charts(
    own: str, chart: str, refused: bool
) -> None:
    home, deployment = changed("spec.replicas", 2)
    put(deployment, f"{POD}.{CPU}", own)
    resources = {"cpu": {"request": chart}, "memory": {"limit": "1Mi"}}
    plane = release("linkerd-control-plane", values={"proxy": {"resources": resources}})
    assert bool(violations(RESOURCES, home, deployment, plane)) is refused

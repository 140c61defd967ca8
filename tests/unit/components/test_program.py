"""The program as a whole, under mocks: what it registers for each stack, in preview and in up."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor

from tests.support.catalogue import expected
from tests.unit.components import program

STACKS = ("local", "dev", "staging", "prod")
VERSIONS = {"local": (1, 35), "dev": (1, 33), "staging": (1, 33), "prod": (1, 33)}
RELEASE = "kubernetes:helm.sh/v3:Release"


def run(stack: str, **changes: Any) -> program.Outcome:
    return program.once(stack, kubernetes=VERSIONS[stack], **changes)


def names(outcome: program.Outcome, kind: str) -> set[str]:
    return {inputs["metadata"]["name"] for inputs in outcome.of(kind).values()}


@pytest.mark.slow
@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_builds_the_whole_platform(stack: str, preview: bool) -> None:
    outcome = program.run(stack, preview=preview, kubernetes=VERSIONS[stack])
    wanted = expected(stack)
    assert outcome.of("kubernetes:apps/v1:Deployment").keys() == wanted.deployments.keys()
    assert outcome.of("kubernetes:apps/v1:StatefulSet").keys() == wanted.stateful_sets
    assert names(outcome, "kubernetes:core/v1:ServiceAccount") == wanted.accounts
    profiles = names(outcome, "kubernetes:linkerd.io/v1alpha2:ServiceProfile")
    assert profiles == {f"{name}.microservices.svc.cluster.local" for name in wanted.profiles}
    assert list(outcome.of("kubernetes:split.smi-spec.io/v1alpha2:TrafficSplit")) == [
        "user-service-split"
    ]
    assert {"linkerd-crds", "linkerd-control-plane", "linkerd-viz"} <= outcome.of(RELEASE).keys()


def test_the_harness_does_not_swallow_errors() -> None:
    with pytest.raises(pulumi.RunError):
        program.run("local", namespace="Not A Label")


def test_every_object_has_an_explicit_name_and_namespace() -> None:
    cluster_wide = (
        *("Namespace", "Provider", "CustomResourceDefinition"),
        *("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"),
    )
    checked = 0
    for found in run("local").registered:
        if found.type.startswith("kubernetes:") and not found.type.endswith(cluster_wide):
            metadata = found.inputs if found.type == RELEASE else found.inputs["metadata"]
            assert metadata["name"], found
            assert metadata["namespace"], found
            checked += 1
    assert checked > 60


def test_charts_come_from_the_directory_of_the_local_stack() -> None:
    for name, inputs in run("local").of(RELEASE).items():
        assert inputs["chart"] == f"./.local/charts/{name}"
        assert "repositoryOpts" not in inputs


def test_charts_come_pinned_from_the_official_repository() -> None:
    releases = run("prod").of(RELEASE)
    for name in ("linkerd-crds", "linkerd-control-plane", "linkerd-viz"):
        assert releases[name]["chart"] == name
        assert releases[name]["version"] == "2026.6.3"
        assert releases[name]["repositoryOpts"] == {"repo": "https://helm.linkerd.io/edge"}
    assert releases["linkerd-smi"]["version"] == "1.0.4"


def test_release_2_20_traces_by_itself_into_a_meshed_jaeger() -> None:
    outcome = run("dev")
    values = outcome.of(RELEASE)["linkerd-control-plane"]["values"]
    assert values["proxy"]["tracing"]["collector"] == {
        "endpoint": "jaeger.jaeger:4317",
        "meshIdentity": {"serviceAccountName": "jaeger", "namespace": "jaeger"},
    }
    annotations = outcome.of("kubernetes:core/v1:Namespace")["jaeger"]["metadata"]["annotations"]
    assert annotations["linkerd.io/inject"] == "enabled"


def test_control_plane_refuses_clients_without_identity() -> None:
    for stack in STACKS:
        values = run(stack).of(RELEASE)["linkerd-control-plane"]["values"]
        assert values["proxy"]["defaultInboundPolicy"] == "all-authenticated"


@pytest.mark.parametrize(
    ("weight", "stable", "canary"), [(0, 1000, 0), (10, 900, 100), (12.5, 875, 125), (100, 0, 1000)]
)
def test_split_weights(weight: float, stable: int, canary: int) -> None:
    outcome = run("local", canaries={"user-service": {"weight": weight}})
    split = outcome.of("kubernetes:split.smi-spec.io/v1alpha2:TrafficSplit")["user-service-split"]
    assert [b["weight"] for b in split["spec"]["backends"]] == [stable, canary]


def test_without_a_canary_only_the_stable_version_runs() -> None:
    outcome = run("local", canaries={})
    assert "user-service-v2" not in outcome.of("kubernetes:apps/v1:Deployment")
    assert "user-service-v2" not in outcome.of("kubernetes:core/v1:Service")
    assert not outcome.of("kubernetes:split.smi-spec.io/v1alpha2:TrafficSplit")


def test_no_profile_holds_what_belongs_to_the_smi_extension() -> None:
    profiles = run("local").of("kubernetes:linkerd.io/v1alpha2:ServiceProfile")
    assert len(profiles) == len(expected("local").profiles) > 1
    for profile in profiles.values():
        assert profile["spec"].keys() == {"routes", "retryBudget"}
        assert profile["spec"]["routes"]


def test_pods_are_restricted() -> None:
    outcome = run("local", load={"rate": 6})
    kinds = ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet")
    templates = [i["spec"]["template"] for kind in kinds for i in outcome.of(kind).values()]
    jobs = outcome.of("kubernetes:batch/v1:CronJob").values()
    templates += [job["spec"]["jobTemplate"]["spec"]["template"] for job in jobs]
    assert len(templates) == len(expected("local").workloads) + 1  # the load generator
    for template in templates:
        spec = template["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
    containers = [each for template in templates for each in template["spec"]["containers"]]
    assert len(containers) == len(templates) + 2  # the load generator has three
    for container in containers:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}


def test_selectors_never_overlap() -> None:
    outcome = run("local", load={"rate": 6})
    kinds = ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet")
    specs = {n: i["spec"] for kind in kinds for n, i in outcome.of(kind).items()}
    for name, spec in specs.items():
        selector = spec["selector"]["matchLabels"].items()
        matched = [
            other
            for other, its in specs.items()
            if selector <= its["template"]["metadata"]["labels"].items()
        ]
        assert matched == [name]


def test_opaque_services_are_marked_on_service_and_pod() -> None:
    outcome = run("local")
    for name, port in (("email-queue", "4222"), ("smtp-service", "1025")):
        service = outcome.of("kubernetes:core/v1:Service")[name]
        workloads = {
            **outcome.of("kubernetes:apps/v1:Deployment"),
            **outcome.of("kubernetes:apps/v1:StatefulSet"),
        }
        for metadata in (service["metadata"], workloads[name]["spec"]["template"]["metadata"]):
            assert metadata["annotations"]["config.linkerd.io/opaque-ports"] == port


def test_the_older_release_gets_the_apis_it_knows() -> None:
    linkerd = {"release": "2.14", "unsupported": "warn"}
    outcome = program.run("dev", kubernetes=(1, 28), linkerd=linkerd, pods={"preStopSeconds": 0})
    assert outcome.of("kubernetes:policy.linkerd.io/v1beta1:Server")
    assert outcome.of("kubernetes:policy.linkerd.io/v1beta3:HTTPRoute")
    assert outcome.of(RELEASE)["linkerd-jaeger"]["version"] == "30.12.11"


def test_a_release_that_lacks_a_feature_is_refused_with_the_first_that_has_it() -> None:
    with pytest.raises(pulumi.RunError) as error:
        program.run("dev", kubernetes=(1, 28), linkerd={"release": "2.14"})
    assert 'allowed: "2.18" or later' in str(error.value)
    assert "flaky-service or payment-service" in str(error.value)


def test_a_cluster_outside_the_releases_range_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"Kubernetes 1\.31 to 1\.35 for this release"):
        program.run("dev", kubernetes=(1, 30))


def test_limited_gateway_keeps_the_clients_address_and_lets_its_callers_in() -> None:
    outcome = run("local", gateway={"cidrs": ["203.0.113.0/24"]})
    spec = outcome.of("kubernetes:core/v1:Service")["api-gateway"]["spec"]
    assert spec["externalTrafficPolicy"] == "Local"
    assert spec["loadBalancerSourceRanges"] == ["203.0.113.0/24"]
    networks = outcome.of("kubernetes:policy.linkerd.io/v1alpha1:NetworkAuthentication")
    assert networks["api-gateway.clients-networkauthentication"]["spec"] == {
        "networks": [{"cidr": "203.0.113.0/24"}]
    }
    mesh = outcome.of("kubernetes:policy.linkerd.io/v1alpha1:MeshTLSAuthentication")
    frontend = {"kind": "ServiceAccount", "name": "frontend", "namespace": "microservices"}
    assert mesh["api-gateway-meshtlsauthentication"]["spec"] == {"identityRefs": [frontend]}


def test_outputs() -> None:
    outputs = run("local").outputs
    assert outputs["gatewayUrl"] == "http://gateway.test:8080"
    assert outputs["canaryWeights"] == {"user-service": 10}
    assert outputs["linkerdRelease"] == {"name": "2.13", "version": "edge-23.4.3"}
    assert outputs["services"]["user-service"] == {
        "style": "profile",
        "callers": ["api-gateway"],
        "versions": ["v1", "v2"],
    }
    assert outputs["stores"]["redis"] == {"kind": "redis", "callers": ["auth-service"]}


def test_resources_moved_out_of_a_component_keep_their_entry_in_the_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    former: dict[str, tuple[str, str, str]] = {}
    register: Any = MockMonitor.RegisterResource

    def recording(monitor: MockMonitor, request: Any) -> Any:
        platform, _, name = request.parent.rpartition("::")
        for alias in request.aliases:
            if name == "platform" and alias.spec.parentUrn:
                parent = alias.spec.parentUrn.removeprefix(f"{platform}$")
                kind = request.type.rpartition(":")[2]
                former[f"{kind} {request.name}"] = parent, alias.spec.type, alias.spec.name
        return register(monitor, request)

    monkeypatch.setattr(MockMonitor, "RegisterResource", recording)
    outcome = program.run("local")
    profiles = outcome.of("kubernetes:linkerd.io/v1alpha2:ServiceProfile")
    moved = {f"ServiceProfile {name}": f"ServiceProfile::{name}" for name in profiles}
    moved["Service user-service-v2"] = "Leaf::user-service"
    moved["TrafficSplit user-service-split"] = "TrafficSplit::user-service"
    # Only the parent was another one: the type and the name are the same.
    assert former == {name: (f"platform:traffic:{p}", "", "") for name, p in moved.items()}

"""The gates inside of the cluster, on the real API server: what goes around Pulumi is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster import pod_templates
from tests.cluster.checkout import Project, Run
from tests.cluster.linkerd.api import Api, Manifest

SPACE = "microservices"
ROLLOUTS = Path(__file__).with_name("rollouts_crd.yaml")
STRICT = "config.linkerd.io/default-inbound-policy"
GATE = "ValidatingAdmissionPolicy"

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: probe}
spec:
  selector: {matchLabels: {app: probe}}
  template:
    metadata: {labels: {app: probe}, annotations: {}}
    spec: {containers: [{name: app, image: "example/app:1"}]}
"""
CRON_JOB = """
apiVersion: batch/v1
kind: CronJob
metadata: {name: probe}
spec:
  schedule: "0 0 * * *"
  jobTemplate:
    spec:
      template:
        metadata: {annotations: {}}
        spec: {restartPolicy: Never, containers: [{name: app, image: "example/app:1"}]}
"""
POD = """
apiVersion: v1
kind: Pod
metadata: {name: probe, annotations: {}}
spec: {containers: [{name: app, image: "example/app:1"}]}
"""
OPERATED_POD = """
apiVersion: v1
kind: Pod
metadata:
  name: probe
  labels: {cnpg.io/cluster: user-db}
  annotations: {config.linkerd.io/skip-inbound-ports: "8000"}
spec: {containers: [{name: postgres, image: "example/postgres:17"}]}
"""
OPERATED_JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: probe}
spec:
  template:
    metadata:
      labels: {cnpg.io/cluster: user-db}
      annotations: {config.linkerd.io/skip-inbound-ports: "8000"}
    spec: {restartPolicy: Never, containers: [{name: postgres, image: "example/postgres:17"}]}
"""
POD_TEMPLATE = """
apiVersion: v1
kind: PodTemplate
metadata: {name: probe}
template:
  metadata: {annotations: {}}
  spec: {containers: [{name: app, image: "example/app:1"}]}
"""
SERVER = """
apiVersion: policy.linkerd.io/v1beta1
kind: Server
metadata: {name: probe, annotations: {}}
spec: {podSelector: {matchLabels: {app: probe}}, port: 80}
"""
SERVER_AUTHORIZATION = """
apiVersion: policy.linkerd.io/v1beta1
kind: ServerAuthorization
metadata: {name: probe, annotations: {}}
spec: {server: {name: probe}, client: {meshTLS: {identities: ["*"]}}}
"""
AUTHORIZATION_POLICY = """
apiVersion: policy.linkerd.io/v1alpha1
kind: AuthorizationPolicy
metadata: {name: probe, annotations: {}}
spec:
  targetRef: {group: policy.linkerd.io, kind: Server, name: probe}
  requiredAuthenticationRefs:
    - {group: policy.linkerd.io, kind: MeshTLSAuthentication, name: probe}
"""
PROFILE = """
apiVersion: linkerd.io/v1alpha2
kind: ServiceProfile
metadata: {name: probe.microservices.svc.cluster.local}
spec:
  routes:
    - {name: GET /, condition: {method: GET, pathRegex: /}, isRetryable: true, timeout: 500ms}
  retryBudget: {retryRatio: 0.2, minRetriesPerSecond: 10, ttl: 10s}
"""
SERVICE = """
apiVersion: v1
kind: Service
metadata:
  name: probe
  annotations:
    retry.linkerd.io/http: 5xx,gateway-error,500-504,503
    retry.linkerd.io/grpc: unavailable,internal
    retry.linkerd.io/limit: "5"
    retry.linkerd.io/timeout: 500ms
    timeout.linkerd.io/request: 2s
spec: {ports: [{port: 80}]}
"""
ROUTE = """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: probe, annotations: {}}
spec: {parentRefs: [{group: "", kind: Service, name: probe, port: 80}]}
"""
GOOD = {
    "deployment": DEPLOYMENT,
    "cron job": CRON_JOB,
    "pod": POD,
    "pod of CloudNativePG": OPERATED_POD,
    "job of CloudNativePG": OPERATED_JOB,
    "pod template": POD_TEMPLATE,
    "server": SERVER,
    "server authorization": SERVER_AUTHORIZATION,
    "authorization policy": AUTHORIZATION_POLICY,
    "profile": PROFILE,
    "service": SERVICE,
    "route": ROUTE,
}
SKIP_INBOUND = "config.linkerd.io/skip-inbound-ports"
SKIP_OUTBOUND = "config.linkerd.io/skip-outbound-ports"
TEMPLATE = "spec.template.metadata.annotations"
JOB_TEMPLATE = "spec.jobTemplate.spec.template.metadata.annotations"
REASON = {"policy.linkerd-platform.dev/allow-unauthenticated": "browsers reach it"}
NETWORK = [{"group": "policy.linkerd.io", "kind": "NetworkAuthentication", "name": "probe"}]
LIMIT = {"retry.linkerd.io/limit": "3"}

# Each changes one thing of a good object: the path, the value (None removes), what the gate says.
BAD: dict[str, tuple[str, str, Any, str]] = {
    "weak deployment": (DEPLOYMENT, TEMPLATE, {STRICT: "all-unauthenticated"}, STRICT),
    "audited deployment": (DEPLOYMENT, TEMPLATE, {STRICT: "audit"}, STRICT),
    "unmeshed deployment": (DEPLOYMENT, TEMPLATE, {"linkerd.io/inject": "disabled"}, "disabled"),
    "skipping deployment": (DEPLOYMENT, TEMPLATE, {SKIP_INBOUND: "80"}, SKIP_INBOUND),
    "operator's port on any pod": (
        POD,
        "metadata.annotations",
        {SKIP_INBOUND: "8000"},
        SKIP_INBOUND,
    ),
    "operator's port without its label": (OPERATED_POD, "metadata.labels", {}, SKIP_INBOUND),
    "another port of an operated pod": (
        *(OPERATED_POD, f"metadata.annotations.{SKIP_INBOUND}", "5432"),
        SKIP_INBOUND,
    ),
    "two ports of an operated pod": (
        *(OPERATED_POD, f"metadata.annotations.{SKIP_INBOUND}", "8000,5432"),
        SKIP_INBOUND,
    ),
    "outbound port of an operated pod": (
        *(OPERATED_POD, "metadata.annotations", {SKIP_OUTBOUND: "8000"}),
        SKIP_OUTBOUND,
    ),
    "two ports of an operated job": (
        *(OPERATED_JOB, TEMPLATE, {SKIP_INBOUND: "8000,5432"}),
        SKIP_INBOUND,
    ),
    "weak pod template": (
        *(POD_TEMPLATE, "template.metadata.annotations", {STRICT: "audit"}),
        STRICT,
    ),
    "weak cron job": (CRON_JOB, JOB_TEMPLATE, {STRICT: "all-unauthenticated"}, STRICT),
    "weak pod": (POD, "metadata.annotations", {STRICT: "cluster-unauthenticated"}, STRICT),
    "unmeshed pod": (POD, "metadata.annotations", {"linkerd.io/inject": "disabled"}, "disabled"),
    "open authorization": (
        *(SERVER_AUTHORIZATION, "spec.client", {"unauthenticated": True}),
        "allow-unauthenticated",
    ),
    "open authorization without identity": (
        *(SERVER_AUTHORIZATION, "spec.client", {"meshTLS": {"unauthenticatedTLS": True}}),
        "allow-unauthenticated",
    ),
    "network is no identity": (
        *(AUTHORIZATION_POLICY, "spec.requiredAuthenticationRefs", NETWORK),
        "allow-unauthenticated",
    ),
    "no authentication": (
        *(AUTHORIZATION_POLICY, "spec.requiredAuthenticationRefs", []),
        "allow-unauthenticated",
    ),
    "no budget": (PROFILE, "spec.retryBudget", None, "Add spec.retryBudget"),
    "ratio": (PROFILE, "spec.retryBudget.retryRatio", 0.3, "from 0 to 0.2"),
    "per second": (PROFILE, "spec.retryBudget.minRetriesPerSecond", 11, "from 0 to 10"),
    "short ttl": (PROFILE, "spec.retryBudget.ttl", "500ms", "from 1s to 60s"),
    "long ttl": (PROFILE, "spec.retryBudget.ttl", "61s", "from 1s to 60s"),
    "no ttl that is one": (PROFILE, "spec.retryBudget.ttl", "soon", "spec.retryBudget.ttl"),
    "endless route": (PROFILE, "spec.routes.0.timeout", None, "a timeout such as 500ms"),
    "limit": (SERVICE, "metadata.annotations", LIMIT, "retry.linkerd.io/http"),
    "six retries": (SERVICE, "metadata.annotations.retry.linkerd.io/limit", "6", "from 1 to 5"),
    "zero": (
        SERVICE,
        "metadata.annotations.retry.linkerd.io/limit",
        "0",
        "from 1 to 5",
    ),
    "limit in words": (SERVICE, "metadata.annotations.retry.linkerd.io/limit", "x", "from 1 to 5"),
    "spaces": (SERVICE, "metadata.annotations.retry.linkerd.io/http", "5xx, 503", "comma list"),
    "grpc": (SERVICE, "metadata.annotations.retry.linkerd.io/grpc", "unknown", "comma list"),
    "no time a try": (SERVICE, "metadata.annotations.retry.linkerd.io/timeout", "0s", "for ever"),
    "no time at all": (
        *(SERVICE, "metadata.annotations.timeout.linkerd.io/request", None),
        "for ever",
    ),
    "route's limit": (ROUTE, "metadata.annotations", LIMIT, "retry.linkerd.io/http"),
}


@pytest.fixture(scope="module")
def api(deployed: tuple[Project, Run]) -> Api:
    return Api.of(deployed)


def changed(text: str, path: str, value: Any) -> Manifest:
    """The object with one value set, or removed."""
    manifest: Manifest = yaml.safe_load(text)
    holder: Any = manifest
    keys = path.split(".")
    if "linkerd" in keys:  # an annotation's key has dots itself
        keys = [*keys[:2], ".".join(keys[2:])]
    for key in keys[:-1]:
        holder = holder[int(key)] if isinstance(holder, list) else holder[key]
    if value is None:
        del holder[keys[-1]]
    else:
        holder[keys[-1]] = value
    return manifest


def said(api: Api, manifest: Manifest, space: str = SPACE) -> str:
    """What the API server answers to the object in a dry run: nothing if it takes it."""
    placed = copy.deepcopy(manifest)
    placed["metadata"]["namespace"] = space
    answer = api.try_create(placed)
    return "" if answer.stored is not None else answer.error


@pytest.mark.parametrize("name", GOOD)
def test_good_objects_pass(api: Api, name: str) -> None:
    assert said(api, yaml.safe_load(GOOD[name])) == ""


def test_every_pod_template_of_the_program_passes(platform: Project, tmp_path: Path) -> None:
    manifests = pod_templates.manifests(tmp_path)
    kinds = {manifest["kind"] for manifest in manifests}
    assert kinds == {"CronJob", "Deployment", "Job", "Pod", "StatefulSet"}
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests})
    assert SKIP_INBOUND in text  # PostgreSQL by the operator
    assert "config.linkerd.io/proxy-admin-shutdown" in text  # a proxy that is no native sidecar
    file = tmp_path / "manifests.json"
    file.write_text(text)
    accepted = platform.kubectl(
        *("create", "--dry-run=server", "--output=name", "-n", SPACE, "-f", str(file))
    )
    assert len(accepted.split()) == len(manifests)


@pytest.mark.parametrize("name", BAD)
def test_bad_objects_are_refused_in_words(api: Api, name: str) -> None:
    text, path, value, words = BAD[name]
    answer = said(api, changed(text, path, value))
    assert GATE in answer
    assert words in answer


def test_a_reason_opens_one_server_and_no_namespace(api: Api) -> None:
    manifest = changed(AUTHORIZATION_POLICY, "spec.requiredAuthenticationRefs", NETWORK)
    manifest["metadata"]["annotations"] = REASON
    assert said(api, manifest) == ""
    manifest["spec"]["targetRef"] = {"group": "", "kind": "Namespace", "name": SPACE}
    assert "Name one Server" in said(api, manifest)


def test_only_pods_and_jobs_are_the_operators(api: Api) -> None:
    manifest = yaml.safe_load(DEPLOYMENT)
    metadata = manifest["spec"]["template"]["metadata"]
    metadata["labels"]["cnpg.io/cluster"] = "user-db"
    assert said(api, manifest) == ""
    metadata["annotations"] = {SKIP_INBOUND: "8000"}
    assert SKIP_INBOUND in said(api, manifest)


@contextmanager
def rollouts(project: Project) -> Iterator[None]:
    """Argo's Rollouts as a kind of the cluster."""
    project.kubectl("apply", "-f", str(ROLLOUTS))
    project.kubectl("wait", "--for=condition=Established", "-f", str(ROLLOUTS))
    try:
        yield
    finally:
        project.kubectl("delete", "-f", str(ROLLOUTS))


def test_rollouts_are_workloads(api: Api, platform: Project) -> None:
    manifest = yaml.safe_load(DEPLOYMENT)
    manifest.update(apiVersion="argoproj.io/v1alpha1", kind="Rollout")
    weak = copy.deepcopy(manifest)
    weak["spec"]["template"]["metadata"]["annotations"] = {STRICT: "audit"}
    named = {**manifest, "spec": {"workloadRef": {"kind": "Deployment", "name": "probe"}}}
    with rollouts(platform):
        assert said(api, manifest) == ""
        assert said(api, named) == ""
        assert STRICT in said(api, weak)


def test_other_namespaces_are_left_alone(api: Api) -> None:
    text, path, value, _ = BAD["weak deployment"]
    assert said(api, changed(text, path, value), "default") == ""


NAMESPACE_CHANGES: dict[str, tuple[str, str | None, str]] = {
    "weak": ("annotations", "all-unauthenticated", "all-authenticated"),
    "unknown": ("annotations", "all_authenticated", "all-authenticated"),
    "without": ("annotations", None, "all-authenticated"),
}


@pytest.mark.parametrize("name", NAMESPACE_CHANGES)
def test_namespace_keeps_its_policy(deployed: tuple[Project, Run], name: str) -> None:
    field, value, words = NAMESPACE_CHANGES[name]
    change = {"metadata": {field: {STRICT: value}}}
    with pytest.raises(AssertionError, match=GATE) as refused:
        deployed[0].kubectl(
            *("patch", "namespace", SPACE, "--dry-run=server", "-p", yaml.safe_dump(change))
        )
    assert words in str(refused.value)


def test_an_object_that_is_there_cannot_be_weakened(platform: Project) -> None:
    change = {"spec": {"template": {"metadata": {"annotations": {STRICT: "audit"}}}}}
    with pytest.raises(AssertionError, match=GATE):
        platform.kubectl(
            *("patch", "deployment", "auth-service", "-n", SPACE, "--dry-run=server"),
            *("-p", yaml.safe_dump(change)),
        )

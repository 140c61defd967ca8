"""``make up`` with the real engine, API server and charts: what it deploys and what it says."""

from __future__ import annotations

import base64
import re
import subprocess

import yaml

from tests.cluster.checkout import Project, Run
from tests.support.catalogue import STORES
from tools import paths


def test_first_run_says_that_everything_is_ready(deployed: tuple[Project, Run]) -> None:
    project, run = deployed
    assert run.code == 0, run.output[-5000:]
    for word in ("user-service", "10 % to v2", "Where to look next", "rules, no violation"):
        assert word in run.output
    changed = re.search(r"^Changed: (\d+) created\. It took .* in (\S+)\.$", run.output, re.M)
    assert changed, run.output
    assert int(changed[1]) > 200
    # The engine's own output is not on the screen, but in a file.
    assert len(run.output.splitlines()) <= 40
    assert "Resources:\n" in (project.root / changed[2]).read_text()


def test_each_warning_is_shown_once_and_none_about_plugins(deployed: tuple[Project, Run]) -> None:
    _, run = deployed
    warnings = [line for line in run.output.splitlines() if "warning: " in line]
    assert warnings
    assert len(warnings) == len(set(warnings))
    assert "plugin" not in run.output
    assert "$PATH" not in run.output


def test_every_service_of_the_catalogue_runs_with_its_replicas(platform: Project) -> None:
    catalogue = yaml.safe_load((platform.root / "services.yaml").read_text())
    ready = {
        item["metadata"]["name"]: item["status"].get("readyReplicas", 0)
        for item in platform.items("deployments,statefulsets")
    }
    for name, service in catalogue["services"].items():
        assert ready.pop(name) == service.get("replicas", 1), name
    assert ready.pop("user-service-v2") == 2
    assert ready == dict.fromkeys(catalogue["stores"], 1)


def test_the_mesh_runs(platform: Project) -> None:
    for space in ("linkerd", "linkerd-viz", "linkerd-jaeger"):
        found = platform.get("deployments", "-n", space)["items"]
        assert found, space
        for item in found:
            assert item["status"].get("readyReplicas") == item["spec"]["replicas"]


def test_namespace_refuses_clients_without_identity(platform: Project) -> None:
    annotations = platform.get("namespace", platform.namespace)["metadata"]["annotations"]
    assert annotations["linkerd.io/inject"] == "enabled"
    assert annotations["config.linkerd.io/default-inbound-policy"] == "all-authenticated"


def test_split_has_the_weights_of_the_config(platform: Project) -> None:
    split = platform.get("trafficsplit", "user-service-split", "-n", platform.namespace)
    assert split["apiVersion"] == "split.smi-spec.io/v1alpha2"
    assert split["spec"]["service"] == "user-service"
    weights = {entry["service"]: entry["weight"] for entry in split["spec"]["backends"]}
    assert weights == {"user-service": 900, "user-service-v2": 100}


def test_each_service_selects_exactly_its_own_pods(platform: Project) -> None:
    pods = {
        pod["metadata"]["name"]: pod["metadata"]["labels"]
        for pod in platform.items("pods")
        if not pod["metadata"].get("deletionTimestamp")
    }
    chosen: list[str] = []
    for service in platform.items("services"):
        selector = service["spec"]["selector"].items()
        selected = [name for name, labels in pods.items() if selector <= labels.items()]
        # A StatefulSet's headless Service names the pods that the service's own one selects.
        is_headless = service["spec"]["clusterIP"] == "None"
        owner = service["metadata"]["name"]
        start = owner.removesuffix("-pods") if is_headless else owner
        assert selected, owner
        assert all(name.startswith(f"{start}-") for name in selected), owner
        chosen += [] if is_headless else selected
    assert sorted(chosen) == sorted(pods)


def test_gateway_gets_the_urls_of_its_callees(platform: Project) -> None:
    gateway = platform.get("deployment", "api-gateway", "-n", platform.namespace)
    container = gateway["spec"]["template"]["spec"]["containers"][0]
    env = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert env["BACKEND_PORT"] == "8080"
    for callee in ("auth", "user", "product", "payment", "flaky"):
        assert env[f"{callee.upper()}_SERVICE_URL"] == f"http://{callee}-service:8080"


def test_store_urls_come_from_secrets_that_the_stores_use_too(platform: Project) -> None:
    auth = platform.get("deployment", "auth-service", "-n", platform.namespace)
    env = {e["name"]: e for e in auth["spec"]["template"]["spec"]["containers"][0]["env"]}
    reference = env["REDIS_SERVICE_URL"]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": "redis-credentials", "key": "url"}
    redis = platform.get("statefulset", "redis", "-n", platform.namespace)
    used = redis["spec"]["template"]["spec"]["containers"][0]["env"][0]["valueFrom"]
    assert used["secretKeyRef"] == {"name": "redis-credentials", "key": "password"}


def test_styles_never_meet_on_one_service(platform: Project) -> None:
    suffix = f".{platform.namespace}.svc.cluster.local"
    profiles = {
        item["metadata"]["name"].removesuffix(suffix) for item in platform.items("serviceprofiles")
    }
    routed = {
        parent["name"]
        for item in platform.items("httproutes.gateway.networking.k8s.io")
        for parent in item["spec"]["parentRefs"]
    }
    breakers = {
        item["metadata"]["name"]
        for item in platform.items("services")
        if "balancer.linkerd.io/failure-accrual" in (item["metadata"].get("annotations") or {})
    }
    assert routed == {"payment-service", "flaky-service"}
    assert breakers == {"flaky-service"}
    assert not profiles & routed


def test_routes_carry_the_numbers_of_the_catalogue(platform: Project) -> None:
    found = {
        item["metadata"]["name"]: item["metadata"].get("annotations", {})
        for item in platform.items("httproutes.gateway.networking.k8s.io")
    }
    assert found["payment-service-post-api-charge"] == {
        "policy.linkerd-platform.dev/idempotent": "POST /api/charge is idempotent by the catalogue",
        "pulumi.com/deletionPropagationPolicy": "background",
        "retry.linkerd.io/http": "5xx",
        "retry.linkerd.io/limit": "5",
        "retry.linkerd.io/timeout": "2s",
        "timeout.linkerd.io/request": "12s",
    }
    assert found["payment-service-get-api-balance"] == {
        "pulumi.com/deletionPropagationPolicy": "background",
        "retry.linkerd.io/http": "5xx",
        "retry.linkerd.io/limit": "3",
        "retry.linkerd.io/timeout": "500ms",
        "timeout.linkerd.io/request": "2s",
    }
    assert {"payment-service-default", "flaky-service-default"} <= found.keys()
    flaky = platform.get("service", "flaky-service", "-n", platform.namespace)
    breaker = "balancer.linkerd.io/failure-accrual"
    annotations = flaky["metadata"]["annotations"]
    assert annotations[breaker] == "consecutive"
    assert annotations[f"{breaker}-consecutive-max-failures"] == "3"
    assert annotations[f"{breaker}-consecutive-min-penalty"] == "30s"


def test_only_the_gateway_is_open_to_the_outside(platform: Project) -> None:
    exposed = [
        s["metadata"]["name"]
        for s in platform.items("services")
        if s["spec"]["type"] != "ClusterIP"
    ]
    assert exposed == ["api-gateway"]
    networks = platform.items("networkauthentications")
    assert [n["spec"]["networks"] for n in networks] == [[{"cidr": "0.0.0.0/0"}, {"cidr": "::/0"}]]


def test_outputs(platform: Project) -> None:
    run = platform.deploy("status")
    assert run.code == 0
    assert "gateway    nothing answers: the pods of the local cluster are simulated" in run.output
    assert "Linkerd 2.13 (edge-23.4.3)" in run.output


def test_no_secret_is_in_clear_text_in_state_or_output(deployed: tuple[Project, Run]) -> None:
    project, run = deployed
    values = [
        value
        for item in project.get("secrets", "-n", project.namespace)["items"]
        for value in item["data"].values()
    ]
    decoded = [
        subprocess.run(["base64", "-d"], input=v, capture_output=True, text=True, check=True).stdout
        for v in values
    ]
    # A password and a URL of each store, and the key for stripe-mock.
    assert len(decoded) == 2 * len(STORES) + 1
    # The key for stripe-mock stands in the stack's own file: it opens nothing.
    decoded.remove("sk_test_mock")
    values.remove(base64.b64encode(b"sk_test_mock").decode())
    state = "".join(file.read_text() for file in (project.root / ".local/state").rglob("*.json*"))
    assert "redis-credentials" in state
    said = run.output + project.engine_output("up")
    for secret in [*values, *decoded]:
        assert secret not in state
        assert secret not in said
    assert "PRIVATE KEY" not in state
    assert "PRIVATE KEY" not in said


def test_users_own_kubectl_works_with_the_kubeconfig(platform: Project) -> None:
    listed = platform.kubectl("get", "trafficsplit,sp,deploy,svc", "-n", platform.namespace)
    for name in ("user-service-split", "user-service.microservices.svc.cluster.local", "frontend"):
        assert name in listed
    assert paths.BIN.is_dir()

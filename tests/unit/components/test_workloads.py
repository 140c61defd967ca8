"""The services' pods as the program asks for them: scaling, stopping, secrets, stores."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.cluster.facts import GatewayCrds
from tests.support.catalogue import expected
from tests.support.configuration import SERVICE, catalogue
from tests.unit.components import program
from tools import paths

pytestmark = pytest.mark.slow

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
SECRET = "kubernetes:core/v1:Secret"
CRON_JOB = "kubernetes:batch/v1:CronJob"
RANDOM = "random:index/randomPassword:RandomPassword"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"
STRIPE = {"stripe-credentials": {"api-key": "sk_live_very_secret"}}


def templates(outcome: program.Outcome) -> dict[str, dict[str, Any]]:
    return {
        name: inputs["spec"]["template"]
        for kind in (DEPLOYMENT, STATEFUL_SET)
        for name, inputs in outcome.of(kind).items()
    }


def env(outcome: program.Outcome, name: str) -> dict[str, Any]:
    (container,) = templates(outcome)[name]["spec"]["containers"]
    return {entry["name"]: entry.get("value") or entry["valueFrom"] for entry in container["env"]}


def pod_annotations(outcome: program.Outcome, name: str) -> dict[str, str]:
    found: dict[str, str] = templates(outcome)[name]["metadata"]["annotations"]
    return found


def reference(secret: str, key: str) -> dict[str, dict[str, str]]:
    return {"secretKeyRef": {"name": secret, "key": key}}


def test_what_has_two_pods_or_more_has_a_budget_over_just_these() -> None:
    outcome = program.once("local")
    several = {
        name: inputs["spec"]["template"]["metadata"]["labels"]
        for name, inputs in outcome.of(DEPLOYMENT).items()
        if inputs["spec"]["replicas"] > 1
    }
    budgets = outcome.of(BUDGET)
    assert budgets.keys() == several.keys()
    wanted = expected("local").deployments
    assert budgets.keys() == {name for name, each in wanted.items() if each.get("replicas", 1) > 1}
    for name, budget in budgets.items():
        assert budget["spec"]["maxUnavailable"] == 1
        selected = budget["spec"]["selector"]["matchLabels"].items()
        assert [other for other, its in several.items() if selected <= its.items()] == [name]


def test_a_deployment_starts_with_the_autoscalers_least_and_is_then_left_alone(
    ignored: dict[tuple[str, str], list[str]],
) -> None:
    """Without a number the API server sets one pod, until the autoscaler notices."""
    scaling = {"min": 2, "max": 5, "cpu": 60}
    outcome = program.run("local", services={"auth-service": {"autoscaling": scaling}})
    scaled = outcome.of(DEPLOYMENT)["auth-service"]
    assert scaled["spec"]["replicas"] == 2
    assert scaled["metadata"]["annotations"]["linkerd-platform.dev/replicas"] == "autoscaler"
    of_deployments = {key: fields for key, fields in ignored.items() if key[0] == DEPLOYMENT}
    assert of_deployments == {(DEPLOYMENT, "auth-service"): ["spec.replicas"]}
    (scaler,) = outcome.of(AUTOSCALER).values()
    assert scaler["spec"]["scaleTargetRef"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "name": "auth-service",
    }
    assert (scaler["spec"]["minReplicas"], scaler["spec"]["maxReplicas"]) == (2, 5)
    assert scaler["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 60
    assert "auth-service" in outcome.of(BUDGET)


def test_pods_wait_before_they_stop_and_spread() -> None:
    outcome = program.once("local")
    for name, inputs in outcome.of(DEPLOYMENT).items():
        spec = inputs["spec"]["template"]["spec"]
        (container,) = spec["containers"]
        assert container["lifecycle"]["preStop"] == {"sleep": {"seconds": 5}}, name
        assert spec["terminationGracePeriodSeconds"] == 45
        rolling = inputs["spec"]["strategy"]["rollingUpdate"]
        assert rolling == {"maxSurge": 1, "maxUnavailable": 0}
        selected = inputs["spec"]["selector"]["matchLabels"]
        spread = spec["topologySpreadConstraints"]
        assert [one["labelSelector"]["matchLabels"] for one in spread] == [selected, selected]


def test_what_a_pod_needs_is_there_before_it() -> None:
    outcome = program.once("local")
    dependencies = outcome.needs()
    cron_jobs = outcome.of(CRON_JOB)
    jobs = {n: i["spec"]["jobTemplate"]["spec"]["template"] for n, i in cron_jobs.items()}
    kinds = {DEPLOYMENT: outcome.of(DEPLOYMENT), STATEFUL_SET: outcome.of(STATEFUL_SET)}
    pods = {(k, n): i["spec"]["template"] for k, each in kinds.items() for n, i in each.items()}
    pods |= {(CRON_JOB, name): template for name, template in jobs.items()}
    kinds_of_needs = set()
    made = dependencies.keys()
    for key, template in pods.items():
        needs = {
            ("kubernetes:core/v1:ServiceAccount", template["spec"]["serviceAccountName"]),
            *((CONFIG_MAP, v["configMap"]["name"]) for v in volumes(template, "configMap")),
            *((CLAIM, claim["claimName"]) for claim in claims(template)),
        } & made
        kinds_of_needs |= {kind for kind, _ in needs}
        assert needs <= dependencies[key], key
    assert len(kinds_of_needs) == 3
    assert (SECRET, "user-db-credentials") in dependencies[STATEFUL_SET, "user-db"]


def volumes(template: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [v for v in template["spec"].get("volumes") or () if kind in v]


def claims(template: dict[str, Any]) -> list[dict[str, Any]]:
    kind = "persistentVolumeClaim"
    return [volume[kind] for volume in volumes(template, kind)]


@pytest.mark.parametrize(
    ("linkerd", "pause", "wait"),
    [
        ({"release": "2.20"}, 5, None),
        ({"release": "2.20", "nativeSidecar": False}, 5, "5"),
        ({"release": "2.20", "nativeSidecar": False}, 0, None),
        ({"release": "2.18"}, 7, "7"),
        ({"release": "2.18", "nativeSidecar": True}, 7, None),
    ],
)
def test_a_proxy_that_is_no_native_sidecar_waits_with_its_app(
    linkerd: dict[str, Any], pause: int, wait: str | None
) -> None:
    outcome = program.once(
        "dev", kubernetes=(1, 32), linkerd=linkerd, pods={"preStopSeconds": pause}
    )
    found = pod_annotations(outcome, "auth-service")
    assert found.get("config.alpha.linkerd.io/proxy-wait-before-exit-seconds") == wait


def test_without_a_pause_there_is_no_hook() -> None:
    outcome = program.once("local", pods={"preStopSeconds": 0})
    (container,) = templates(outcome)["auth-service"]["spec"]["containers"]
    assert "lifecycle" not in container


def test_every_proxy_has_resources() -> None:
    for name in templates(outcome := program.once("local")):
        found = pod_annotations(outcome, name)
        assert found["config.linkerd.io/proxy-cpu-request"] == "10m"
        assert found["config.linkerd.io/proxy-memory-request"] == "20Mi"
        assert found["config.linkerd.io/proxy-memory-limit"] == "250Mi"


def test_no_probe_asks_a_handler_that_fails() -> None:
    """bb fails a share of all requests, whatever their path."""
    checked = 0
    for template in templates(program.once("local")).values():
        (container,) = template["spec"]["containers"]
        if container["image"].startswith("buoyantio/bb:"):
            assert "httpGet" not in container.get("readinessProbe", {})
            assert "livenessProbe" not in container
            checked += 1
    deployments = expected("local").deployments.values()
    assert checked == sum(each["image"].startswith("buoyantio/bb:") for each in deployments) > 1


def test_the_mail_queue_keeps_its_messages() -> None:
    queue = program.once("local").of(STATEFUL_SET)["email-queue"]["spec"]
    (claim,) = queue["volumeClaimTemplates"]
    assert claim["spec"]["resources"] == {"requests": {"storage": "1Gi"}}
    (container,) = queue["template"]["spec"]["containers"]
    assert {"name": "data", "mountPath": "/data"} in container["volumeMounts"]
    assert "--store_dir=/data" in container["args"]


NOTHING: dict[str, Any] = {"canaries": {}, "secrets": {}, "standIns": [], "endpoints": {}}
"""Of the stack's settings, what would be about the lab's catalogue."""


@pytest.mark.parametrize("port", [4222, None])
def test_each_pod_of_a_stateful_set_has_a_name(
    port: int | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ignored: dict[tuple[str, str], list[str]],
) -> None:
    """Its governing Service is headless. A StatefulSet that is there already keeps its own."""
    entry = {**SERVICE, "protocol": "tcp", "port": port, "scheme": "nats"} if port else SERVICE
    queue = {**entry, "port": port, "replicas": 3, "storage": {"path": "/data"}}
    (tmp_path / "services.yaml").write_text(yaml.safe_dump(catalogue(queue=queue)))
    monkeypatch.chdir(paths.ROOT)
    outcome = program.run("dev", catalogue=str(tmp_path / "services.yaml"), **NOTHING)
    services = outcome.of("kubernetes:core/v1:Service")
    (found,) = outcome.of(STATEFUL_SET).values()
    spec = services[found["spec"]["serviceName"]]["spec"]
    assert spec["clusterIP"] == "None"
    assert spec["publishNotReadyAddresses"] is True
    assert spec["selector"].items() <= found["spec"]["template"]["metadata"]["labels"].items()
    assert [each["port"] for each in spec["ports"]] == ([port] if port else [])
    assert services.keys() == {"web", "queue-pods", *(["queue"] if port else [])}
    assert ignored[STATEFUL_SET, "queue"] == ["spec.serviceName"]


def test_overrides_change_one_service_alone() -> None:
    base = program.once("local").of(DEPLOYMENT)
    image = "example/auth@sha256:" + "a" * 64
    changed = program.once("local", services={"auth-service": {"replicas": 4, "image": image}}).of(
        DEPLOYMENT
    )
    assert changed["auth-service"]["spec"]["replicas"] == 4
    assert changed["auth-service"]["spec"]["template"]["spec"]["containers"][0]["image"] == image
    assert {n for n in base if base[n] != changed[n]} == {"auth-service"}


def test_a_stand_in_takes_the_calls_of_its_external() -> None:
    played = program.once("local")
    assert env(played, "payment-service")["STRIPE_SERVICE_URL"] == "http://stripe-mock:12111"
    real = program.once("local", standIns=[])
    assert env(real, "payment-service")["STRIPE_SERVICE_URL"] == "https://api.stripe.com"
    assert "stripe-mock" not in real.of(DEPLOYMENT)


def test_the_key_of_stripe_is_in_a_secret_and_a_new_one_rolls_its_reader_alone() -> None:
    first = program.once("local", secrets=STRIPE)
    assert first.of(SECRET)["stripe-credentials"]["stringData"] == STRIPE["stripe-credentials"]
    assert env(first, "payment-service")["STRIPE_API_KEY"] == reference(
        "stripe-credentials", "api-key"
    )
    second = program.once("local", secrets={"stripe-credentials": {"api-key": "sk_live_other"}})
    before, after = templates(first), templates(second)
    assert {n for n in before if before[n] != after[n]} == {"payment-service"}
    checksum = pod_annotations(first, "payment-service")[
        "rotation.linkerd-platform.dev/stripe-credentials"
    ]
    assert re.fullmatch("[0-9a-f]{16}", checksum)
    assert "sk_live_very_secret" not in str(before)


def test_a_rotated_password_rolls_the_store_and_its_callers_alone() -> None:
    first = program.once("local")
    second = program.once("local", stores={"user-db": {"passwordGeneration": 2}})
    before, after = templates(first), templates(second)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"user-db", "user-service", "user-service-v2"}
    assert first.of(RANDOM)["user-db"]["keepers"] == {"generation": "1"}
    assert second.of(RANDOM)["user-db"]["keepers"] == {"generation": "2"}
    key = "rotation.linkerd-platform.dev/user-db-credentials"
    assert pod_annotations(second, "user-service")[key] == "2"


def test_a_store_elsewhere_leaves_only_its_url_in_a_secret() -> None:
    url = "postgresql://app:hidden@db.example.com:5432/users"
    outcome = program.once("local", endpoints={"user-db": {"url": url}})
    assert "user-db" not in outcome.of(STATEFUL_SET)
    assert "user-db-backup" not in outcome.of(CRON_JOB)
    assert outcome.of(SECRET)["user-db-endpoint"]["stringData"] == {"url": url}
    assert env(outcome, "user-service")["USER_DB_SERVICE_URL"] == reference(
        "user-db-endpoint", "url"
    )
    assert "hidden" not in str(templates(outcome))


def test_backups_dump_into_a_volume_of_their_own() -> None:
    outcome = program.once("local")
    jobs = outcome.of(CRON_JOB)
    assert jobs.keys() == expected("local").backups
    spec = jobs["user-db-backup"]["spec"]
    assert spec["schedule"] == "17 3 * * *"
    pod = spec["jobTemplate"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    variables = {entry["name"]: entry for entry in container["env"]}
    assert variables["PGHOST"]["value"] == "user-db"
    assert variables["PGPASSWORD"]["valueFrom"] == reference("user-db-credentials", "password")
    claimed = [volume.get("persistentVolumeClaim") for volume in pod["spec"]["volumes"]]
    assert {"claimName": "user-db-backup"} in claimed
    assert "user-db-backup" in outcome.of("kubernetes:core/v1:PersistentVolumeClaim")


@pytest.mark.parametrize(("stack", "ends_it"), [("local", True), ("dev", False)])
def test_a_backup_ends_its_proxy_where_that_does_not_end_by_itself(
    stack: str, ends_it: bool
) -> None:
    kubernetes = (1, 33)
    job = program.once(stack, kubernetes=kubernetes).of(CRON_JOB)["user-db-backup"]
    pod = job["spec"]["jobTemplate"]["spec"]["template"]
    assert ("4191/shutdown" in pod["spec"]["containers"][0]["args"][0]) == ends_it
    annotation = "config.linkerd.io/proxy-admin-shutdown"
    assert (annotation in pod["metadata"]["annotations"]) == ends_it


def test_cloudnative_pg_takes_the_place_of_a_postgresql() -> None:
    operated = {"user-db": {"operator": "cloudnative-pg", "instances": 2}}
    outcome = program.once("dev", kubernetes=(1, 33), stores=operated)
    assert "user-db" not in outcome.of(STATEFUL_SET)
    assert "user-db" not in outcome.of("kubernetes:core/v1:Service")
    spec = outcome.of("kubernetes:postgresql.cnpg.io/v1:Cluster")["user-db"]["spec"]
    assert spec["instances"] == 2
    assert spec["bootstrap"]["initdb"] == {
        "database": "users",
        "owner": "app",
        "secret": {"name": "user-db-credentials"},
    }
    secret = outcome.of(SECRET)["user-db-credentials"]
    assert secret["type"] == "kubernetes.io/basic-auth"
    assert secret["stringData"].keys() == {"username", "password", "url"}
    assert secret["stringData"]["url"].endswith("@user-db-rw:5432/users")


def test_limited_egress_lets_nothing_out_but_the_externals_and_endpoints() -> None:
    outcome = program.once("prod", kubernetes=(1, 33))
    (network,) = outcome.of("kubernetes:policy.linkerd.io/v1alpha1:EgressNetwork").values()
    assert network["spec"] == {"trafficPolicy": "Deny"}
    (stripe,) = outcome.of("kubernetes:gateway.networking.k8s.io/v1alpha2:TLSRoute").values()
    assert stripe["spec"]["hostnames"] == ["api.stripe.com"]
    (parent,) = stripe["spec"]["parentRefs"]
    assert (parent["kind"], parent["name"], parent["port"]) == ("EgressNetwork", "externals", 443)
    (relay,) = outcome.of("kubernetes:gateway.networking.k8s.io/v1alpha2:TCPRoute").values()
    assert relay["spec"]["parentRefs"][0]["port"] == 587
    (crds,) = outcome.of("kubernetes:yaml/v2:ConfigGroup").values()
    assert [file.rpartition("/")[2] for file in crds["files"]] == ["experimental-install.yaml"]


def test_nothing_is_denied_before_what_is_allowed() -> None:
    dependencies = program.once("prod", kubernetes=(1, 33)).needs()
    network = "kubernetes:policy.linkerd.io/v1alpha1:EgressNetwork", "externals-egressnetwork"
    routes = {key for key in dependencies if key[0].endswith(("TLSRoute", "TCPRoute"))}
    assert len(routes) == 2
    assert routes <= dependencies[network]


def test_the_endpoints_ports_are_opaque_besides_those_that_are_by_default() -> None:
    """The proxy would wait ten seconds for a client that lets the server speak first."""
    endpoint = {"secret": {"secret": "elsewhere", "key": "url"}, "port": 4222}
    outcome = program.once(
        "prod",
        kubernetes=(1, 33),
        endpoints={**program.config_of("prod")["linkerd-platform:endpoints"], "redis": endpoint},
        existingSecrets=["elsewhere", "stripe-credentials", "smtp-relay"],
    )
    (network,) = outcome.of("kubernetes:policy.linkerd.io/v1alpha1:EgressNetwork").values()
    found = network["metadata"]["annotations"]["config.linkerd.io/opaque-ports"].split(",")
    assert {"4222", "587", "25", "3306", "4444", "5432", "6379", "9300", "11211"} <= set(found)


def test_egress_that_is_opened_again_keeps_the_crds() -> None:
    linkerd = {"release": "2.20", "egress": "open"}
    for channel, ours in (
        ("experimental", "experimental"),
        ("standard", "standard"),
        ("", "standard"),
    ):
        crds = GatewayCrds(version=(1, 2, 1), owner="pulumi", channel=channel)
        outcome = program.run("dev", kubernetes=(1, 33), linkerd=linkerd, gateway_api=crds)
        (group,) = outcome.of("kubernetes:yaml/v2:ConfigGroup").values()
        assert [file.rpartition("/")[2] for file in group["files"]] == [f"{ours}-install.yaml"]


def test_secrets_and_files_change_in_place() -> None:
    (provider,) = program.once("local").of("pulumi:providers:kubernetes").values()
    assert provider["enableSecretMutable"] == provider["enableConfigMapMutable"] == "true"


def test_open_egress_has_no_egress_network() -> None:
    outcome = program.once("dev", kubernetes=(1, 33))
    assert not outcome.of("kubernetes:policy.linkerd.io/v1alpha1:EgressNetwork")


@pytest.mark.parametrize(("cni", "enforced"), [(False, "privileged"), (True, "restricted")])
def test_pod_security_follows_the_cni_plugin(cni: bool, enforced: str) -> None:
    linkerd = {"release": "2.20", "cni": cni}
    outcome = program.once("dev", kubernetes=(1, 33), linkerd=linkerd)
    found = outcome.of("kubernetes:core/v1:Namespace")["microservices"]["metadata"]["labels"]
    assert found == {
        "pod-security.kubernetes.io/enforce": enforced,
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/audit": "restricted",
    }
    values = outcome.of("kubernetes:helm.sh/v3:Release")["linkerd-control-plane"]["values"]
    assert values.get("cniEnabled", False) is cni

"""What a change of the config or the program changes in the cluster, and what stops it before."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import yaml

from tests.cluster.checkout import STRIPE_KEY, Project, configured, edited
from tests.cluster.violations import NO_RETRY_BUDGET, OPEN_NAMESPACE, Violation, violated


@contextmanager
def watched_endpoints(project: Project, service: str) -> Iterator[list[int]]:
    """How many pods stood behind the Service, asked again and again meanwhile."""
    seen: list[int] = []
    done = threading.Event()
    selector = f"kubernetes.io/service-name={service}"

    def watch() -> None:
        while not done.is_set():
            slices = project.get("endpointslices", "-n", project.namespace, "-l", selector)["items"]
            endpoints = [e for s in slices for e in s.get("endpoints") or []]
            seen.append(sum(1 for e in endpoints if e["conditions"].get("ready")))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def test_second_run_changes_nothing(platform: Project) -> None:
    before = platform.versions()
    run = platform.deploy("up")
    assert run.code == 0
    assert "Nothing changed." in run.output
    assert platform.versions() == before


def test_a_weight_of_zero_changes_the_split_alone(platform: Project) -> None:
    before = platform.versions()
    with configured(platform, canaries={"user-service": {"weight": 0}}):
        run = platform.deploy("up")
    assert run.code == 0
    assert "Changed: 1 updated." in run.output
    after = platform.versions()
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert changed == {f"TrafficSplit {platform.namespace}/user-service-split"}
    split = platform.get("trafficsplit", "user-service-split", "-n", platform.namespace)
    assert [entry["weight"] for entry in split["spec"]["backends"]] == [1000, 0]
    with configured(platform, canaries={"user-service": {"weight": 60}}):
        refused = platform.deploy("up")
    assert refused.code == 1
    assert "at most 50 now" in refused.output, "the step is counted from what is deployed"
    platform.update()


def test_a_promotion_never_leaves_the_apex_without_pods(platform: Project) -> None:
    files = [platform.root / name for name in ("services.yaml", "Pulumi.local.yaml")]
    before = [file.read_text() for file in files]
    try:
        refused = platform.deploy("promote", "--service", "user-service")
        assert refused.code == 1
        assert "at most 60 now" in refused.output
        shift = platform.deploy("promote", "--service", "user-service", "--force")
        assert shift.code == 0, shift.output[-3000:]
        assert "Changed: 1 updated." in shift.output
        with watched_endpoints(platform, "user-service") as seen:
            retire = platform.deploy("promote", "--service", "user-service")
        assert retire.code == 0, retire.output[-3000:]
        assert len(seen) > 3
        assert min(seen) > 0
        names = {item["metadata"]["name"] for item in platform.items("deployments,services")}
        assert "user-service-v2" in names
        apex = platform.get("service", "user-service", "-n", platform.namespace)
        assert apex["spec"]["selector"]["version"] == "v2"
        assert not platform.items("trafficsplits")
    finally:
        for file, text in zip(files, before, strict=True):
            file.write_text(text)
        platform.update()


@pytest.mark.parametrize("violation", [OPEN_NAMESPACE, NO_RETRY_BUDGET], ids=lambda each: each.rule)
def test_the_policy_pack_stops_a_violation_by_name(platform: Project, violation: Violation) -> None:
    before = platform.versions()
    with violated(platform, violation):
        runs = [platform.deploy("preview"), platform.deploy("up")]
    for run in runs:
        assert run.code != 0
        assert violation.rule in run.output
        assert "[mandatory]" in run.output
        assert "Traceback" not in run.output
    assert platform.versions() == before


def test_bad_config_stops_before_anything_changes(platform: Project) -> None:
    before = platform.versions()
    bad = {"user-service": {"weight": 110}, "nobody": {"weight": "ten"}}
    with configured(platform, canaries=bad):
        run = platform.deploy("up")
    assert run.code != 0
    assert "Pulumi.local.yaml: canaries.user-service.weight" in run.output
    assert "Pulumi.local.yaml: canaries.nobody" in run.output
    assert "nothing was changed" in run.output
    assert "Traceback" not in run.output
    assert platform.versions() == before


def test_broken_yaml_names_line_and_column(platform: Project) -> None:
    with edited(platform, "services.yaml", "gateway: api-gateway", "gateway: [api-gateway"):
        run = platform.deploy("preview")
    assert run.code != 0
    assert "services.yaml: line " in run.output
    assert "Traceback" not in run.output
    with edited(platform, "Pulumi.local.yaml", "config:", "config: ["):
        run = platform.deploy("preview")
    assert run.code == 1
    assert "Pulumi.local.yaml: line " in run.output
    assert "Traceback" not in run.output


def test_an_unknown_stack_is_named_with_the_known_ones(platform: Project) -> None:
    run = platform.deploy("up", "--stack", "lokal")
    assert run.code == 1
    assert 'There is no stack "lokal"' in run.output
    assert "Did you mean `local`?" in run.output
    assert "Traceback" not in run.output


def test_an_unreachable_cluster_is_one_clear_error(platform: Project) -> None:
    kubeconfig = yaml.safe_load(platform.kubeconfig.read_text())
    kubeconfig["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    (platform.root / "nowhere").write_text(yaml.safe_dump(kubeconfig))
    before = platform.versions()
    with configured(platform, cluster={"kubeconfig": "nowhere", "identifier": "local"}):
        run = platform.deploy("up")
    assert run.code != 0
    assert "Pulumi.local.yaml: cluster.kubeconfig" in run.output
    assert "Connection refused" in run.output
    assert "Traceback" not in run.output
    assert platform.versions() == before


def test_new_secrets_restart_only_their_readers_and_are_nowhere_in_clear_text(
    platform: Project,
) -> None:
    """A key from secret config, and a password's next generation, in one run."""
    before = platform.versions()
    secrets = platform.secret_config('secrets["stripe-credentials"]["api-key"]', STRIPE_KEY)
    values = {"secrets": secrets["secrets"], "stores": {"user-db": {"passwordGeneration": 2}}}
    with configured(platform, **values):
        runs = [platform.deploy("preview"), platform.deploy("up")]
        after = platform.versions()
        said = [platform.engine_output(command) for command in ("preview", "up")]
        assert STRIPE_KEY not in (platform.root / "Pulumi.local.yaml").read_text()
    assert runs[1].code == 0, runs[1].output[-5000:]
    space = platform.namespace
    assert {name for name in before | after if before.get(name) != after.get(name)} == {
        f"Deployment {space}/payment-service",
        f"Deployment {space}/user-service",
        f"Deployment {space}/user-service-v2",
        f"Secret {space}/stripe-credentials",
        f"Secret {space}/user-db-credentials",
        f"StatefulSet {space}/user-db",
    }
    stored = platform.get("secret", "stripe-credentials", "-n", space)["data"]["api-key"]
    assert base64.b64decode(stored).decode() == STRIPE_KEY
    state = "".join(f.read_text() for f in (platform.root / ".local/state").rglob("*.json*"))
    for text in (state, *said, *(run.output for run in runs)):
        assert STRIPE_KEY not in text
        assert stored not in text
    platform.update()

"""The workflows' own commands, run as a runner would, on the local cluster."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cluster.checkout import SECONDS, STRIPE_KEY, Project, Run, configured, edited
from tests.cluster.preview_scenarios import scenario
from tests.support.commands import run
from tests.support.workflow_steps import step
from tools import paths

# The tools stand already, so that `make` need not look for them.
MAKE = '#!/bin/sh\nexec "$REAL_MAKE" --no-print-directory -o tools "$@"\n'
# Answers `gh issue list` with a file, and writes down each call and what it read.
GH = """#!/bin/sh
echo "$*" >> "$RUNNER_TEMP/gh"
case "$*" in *--body-file*) cat > "$RUNNER_TEMP/body" ;; esac
case "$*" in "issue list"*) cat "$RUNNER_TEMP/issues" ;; esac
"""
SPLIT = ("trafficsplit", "user-service-split", "-n", "microservices")


@dataclass(frozen=True)
class Runner:
    """What a runner gives to steps, and what they leave there."""

    platform: Project
    temp: Path

    def run(self, file: str, name: str) -> Run:
        """Run the step of that name with bash, as GitHub does where a shell is named."""
        script = step(file, name).run
        assert "${{" not in script
        real = shutil.which("make")
        assert real is not None
        environment = {
            **os.environ,
            "PATH": f"{self.temp / 'bin'}:{os.environ['PATH']}",
            "REAL_MAKE": real,
            "STACK": "local",
            "NO_COLOR": "1",
            "RUNNER_TEMP": str(self.temp),
            **{f"GITHUB_{key.upper()}": str(self.temp / key) for key in ("output", "env")},
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        return run(command, self.platform.root, environment=environment, seconds=SECONDS)

    def passes(self, file: str, name: str) -> str:
        """What a step says that has to succeed."""
        return self.run(file, name).passed()

    def left(self, name: str) -> str:
        return (self.temp / name).read_text()


@pytest.fixture
def runner(platform: Project, tmp_path: Path) -> Iterator[Runner]:
    shutil.copy(paths.ROOT / "Makefile", platform.root)
    (tmp_path / "bin").mkdir()
    for name, text in (("make", MAKE), ("gh", GH)):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    yield Runner(platform=platform, temp=tmp_path)
    for folder in ("preview", "plan", "drift"):
        shutil.rmtree(platform.root / folder, ignore_errors=True)


def test_what_was_reviewed_is_deployed_and_nothing_else(runner: Runner) -> None:
    platform, file = runner.platform, "deploy-stack.yml"
    with edited(platform, "Pulumi.local.yaml", "weight: 10", "weight: 25"):
        runner.passes(file, "Plan")
        runner.passes(file, "What the approval is about")
        runner.passes(file, "Whether there is anything to deploy")
        assert "canary user-service-v2 10 → 25 %" in runner.left("summary")
        assert runner.left("output") == "result=changes\n"
        plan = platform.root / "plan" / "plan.json"
        assert plan.stat().st_mode & 0o777 == 0o600
        assert "PRIVATE KEY" not in plan.read_text()

        before = platform.versions()
        secrets = platform.secret_config('secrets["stripe-credentials"]["api-key"]', STRIPE_KEY)
        with configured(platform, secrets=secrets["secrets"]):
            refused = runner.run(file, "Deploy what was approved")
        assert refused.code != 0
        assert f"The plan in {plan.relative_to(platform.root)} is out of date" in refused.output
        assert "make preview STACK=local PLAN=plan/plan.json" in refused.output
        assert STRIPE_KEY not in refused.output
        assert "sk_test_mock" not in refused.output
        assert platform.versions() == before

        assert "Changed: 1 updated." in runner.passes(file, "Deploy what was approved")
    assert [each["weight"] for each in platform.get(*SPLIT)["spec"]["backends"]] == [750, 250]
    platform.update()
    assert platform.versions().keys() == before.keys()


def test_a_violation_stops_a_pull_request_and_is_shown_in_it(runner: Runner) -> None:
    with scenario(runner.platform, "violation"):
        assert runner.run("preview.yml", "Preview and policy gate").code != 0
    runner.passes("preview.yml", "A summary in any case")
    verdict = "**\\[mandatory\\] linkerd-control-plane-strict-mtls (critical)"
    assert verdict in runner.left("summary")
    folder = runner.platform.root / "preview"
    assert (folder / "summary.md").read_text() == runner.left("summary")
    found = json.loads((folder / "policies" / "policies.sarif").read_text())
    rules = {result["ruleId"] for result in found["runs"][0]["results"]}
    assert rules == {"linkerd-control-plane-strict-mtls"}


def test_a_preview_that_stopped_early_has_a_summary_too(runner: Runner) -> None:
    runner.passes("preview.yml", "A summary in any case")
    assert "Preview of stack local broke off" in runner.left("summary")


def test_a_fork_gets_the_manifests(runner: Runner) -> None:
    runner.passes("preview.yml", "Render and policy gate")
    assert "No mandatory policy is violated." in runner.left("summary")
    assert (runner.platform.root / "rendered" / "kustomization.yaml").exists()
    shutil.rmtree(runner.platform.root / "rendered")


def test_drift_is_found_and_reported_once_and_not_corrected(runner: Runner) -> None:
    platform, file = runner.platform, "drift.yml"
    compare, issue = "Compare the cluster with the stack's state", "The stack's issue"
    deployment = ("deployment", "notification-service", "-n", platform.namespace)
    profile = f"auth-service.{platform.namespace}.svc.cluster.local"
    gone = platform.kubectl(
        *("get", "serviceprofile", profile, "-n", platform.namespace),
        *("-o", "json", "--show-managed-fields"),
    )
    secret = ("secret", "stripe-credentials", "-n", platform.namespace)
    key = platform.get(*secret)["data"]["api-key"]
    try:
        platform.kubectl("scale", *deployment, "--replicas=7")
        platform.kubectl("delete", "serviceprofile", profile, "-n", platform.namespace)
        put(platform, secret, "aW50cnVkZXItNDI0Mg==")
        before = platform.versions()
        compared = runner.run(file, compare)
        (runner.temp / "issues").write_text("[]")
        runner.passes(file, issue)
        opened = runner.left("gh")
        (runner.temp / "gh").unlink()
        (runner.temp / "issues").write_text(
            json.dumps([{"number": 7, "title": "Drift of stack local"}])
        )
        runner.passes(file, issue)
        rewritten = runner.left("gh")
        after = platform.versions()
    finally:
        platform.kubectl("scale", *deployment, "--replicas=2")
        put(platform, secret, key)
        restore(platform, gone, runner.temp / "profile.json")
    assert compared.code != 0
    assert after == before
    found = json.loads((platform.root / "drift" / "summary.json").read_text())
    assert found["result"] == "changes"
    told = {(each["operation"], each["objects"][0]) for each in found["changes"]}
    assert told == {
        ("update", "Deployment microservices/notification-service"),
        ("update", "Secret microservices/stripe-credentials"),
        ("delete", f"ServiceProfile microservices/{profile}"),
    }
    body = runner.left("body")
    assert "replicas 2 → 7" in body
    for text in (
        compared.output,
        body,
        *(f.read_text() for f in (platform.root / "drift").iterdir()),
    ):
        assert "intruder-4242" not in text
        assert "aW50cnVkZXItNDI0Mg==" not in text
    assert "issue create --title Drift of stack local --label drift" in opened
    assert "issue edit 7 --body-file -" in rewritten
    assert "issue create" not in rewritten

    (runner.temp / "gh").unlink()
    runner.passes(file, compare)
    runner.passes(file, issue)
    assert "issue close 7" in runner.left("gh")


def put(platform: Project, secret: tuple[str, ...], value: str) -> None:
    patch = json.dumps({"data": {"api-key": value}})
    platform.kubectl("patch", *secret, "--type=merge", "-p", patch)


def restore(platform: Project, manifest: str, file: Path) -> None:
    """Make a deleted object again, as its field manager had made it."""
    content = json.loads(manifest)
    managers = content["metadata"]["managedFields"]
    for key in ("uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"):
        content["metadata"].pop(key, None)
    file.write_text(json.dumps(content))
    manager = next(one["manager"] for one in managers if one["operation"] == "Apply")
    platform.kubectl(
        "apply", "--server-side", f"--field-manager={manager}", "--force-conflicts", "-f", str(file)
    )

"""The real engine is stopped by every rule: each one's bad example, all in one program."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from linkerd_policies.framework.model import ResourceRule, Rule
from linkerd_policies.table import RULES
from tests.policy.engine import Project, Run

pytestmark = pytest.mark.slow

PROGRAM = '''
from pathlib import Path

import yaml
from pulumi_kubernetes.yaml import ConfigGroup

# Helm releases are not written as files, and one that is stopped asks no API server.
nowhere = pulumi.ResourceOptions(provider=k8s.Provider("nowhere", kubeconfig="""
apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: a, user: {token: a}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
current-context: a
"""))

def release(name, manifest):
    if ">" in manifest.get("version", ""):
        # The provider would ask the repository for the version before the pack sees the range.
        pulumi.ComponentResource("kubernetes:helm.sh/v3:Release", name, manifest)
    else:
        k8s.helm.v3.Release(
            name, chart=manifest["chart"], values=manifest.get("values"), opts=nowhere)

for file in sorted(Path("bad").iterdir()):
    texts, releases = [], 0
    for number, manifest in enumerate(yaml.safe_load_all(file.read_text())):
        if manifest["kind"] == "Release":
            release(f"{file.stem}-{number}", manifest)
            releases += 1
        else:
            texts.append(yaml.safe_dump(manifest))
    # The pack takes each provider for a cluster of its own.
    cluster = nowhere if releases else opts
    ConfigGroup(file.stem, yaml=texts, resource_prefix=file.stem, opts=cluster)
'''
CHARTS = ("linkerd-control-plane", "linkerd-crds")
"""Helm takes a folder of the chart's name before it asks a repository."""

LOCKED = [rule for rule in RULES if rule.locked and isinstance(rule, ResourceRule)]
SETTINGS = {rule.name: dict(rule.example_settings) for rule in RULES if rule.example_settings}


def _project(folder: Path, rules: Iterable[Rule]) -> Project:
    """A program of the rules' bad examples, each in a namespace of its own."""
    (folder / "bad").mkdir()
    for number, rule in enumerate(rules):
        text = rule.bad.replace("shop", f"shop{number}")
        (folder / "bad" / f"{rule.name}.yaml").write_text(text)
    for chart in CHARTS:
        (folder / chart).mkdir()
        text = f"apiVersion: v2\nname: {chart}\nversion: 2026.6.3\n"
        (folder / chart / "Chart.yaml").write_text(text)
    return Project(folder)


@pytest.fixture(scope="module", params=["preview", "up"])
def blocked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run over all examples, which changed nothing."""
    project = _project(tmp_path_factory.mktemp("gates"), RULES)
    flags = ["--yes"] if request.param == "up" else []
    run = project.run(request.param, PROGRAM, *flags, config=SETTINGS)
    assert run.status != 0
    assert "Traceback" not in run.output
    assert project.written() == []
    return run


def _is_blocked(run: Run, rule: Rule) -> bool:
    """Whether the rule stopped the run because of its own example."""
    line = rf"\[mandatory\] .*  {rule.name}  \(.*: {rule.name}[-:].*\)"
    return re.search(line, run.output) is not None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_stops_a_run_before_any_change(blocked: Run, rule: Rule) -> None:
    assert _is_blocked(blocked, rule), blocked.output


@pytest.mark.parametrize("rule", LOCKED, ids=lambda rule: rule.name)
def test_without_a_preview_a_locked_rule_stops_the_write(tmp_path: Path, rule: Rule) -> None:
    """The rules on one object; those on several need the preview, which comes before any write."""
    project = _project(tmp_path, [rule])
    run = project.run("up", PROGRAM, "--yes", "--skip-preview")
    assert run.status != 0
    assert _is_blocked(run, rule), run.output
    assert project.written() == []

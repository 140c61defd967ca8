"""The configurations that the repository holds, their schema, and the command that checks one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from linkerd_policies.docs import PROFILES, profile
from linkerd_policies.framework.configuration import PACK, errors, json_schema, resolve
from linkerd_policies.table import RULES
from tests.policy.support import TODAY

ROOT = Path(__file__).resolve().parents[2]


def test_the_schema_in_the_docs_is_current() -> None:
    """Run ``make docs`` when it fails."""
    written = (ROOT / "docs/schema/policy-config.schema.json").read_text(encoding="utf-8")
    assert json.loads(written) == json_schema(RULES)


CONFIGS = sorted((ROOT / "policy/config").glob("*.json"))


def test_every_configuration_is_a_stacks_or_a_profile() -> None:
    stacks = {file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml")}
    assert {*PROFILES} <= {file.stem for file in CONFIGS} <= {*PROFILES, *stacks}


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_names_every_rule_in_the_order_of_the_table(name: str) -> None:
    assert list(profile(name)) == [PACK, *(rule.name for rule in RULES)]


def test_baseline_lowers_nothing_but_hygiene() -> None:
    lowered = {name for name, level in profile("baseline").items() if level == "advisory"}
    groups = {rule.group for rule in RULES if rule.name in lowered}
    assert groups == {"Workloads", "Hygiene"}
    kept = {rule.name for rule in RULES if rule.group in groups} - lowered
    assert kept == {"linkerd-one-control-plane"}


def test_strict_lowers_nothing() -> None:
    assert set(list(profile("strict").values())[1:]) == {"mandatory"}


def test_every_stack_gates_by_every_rule() -> None:
    """What a stack sets differs from the strict profile only in what a preview cannot know."""
    for file in CONFIGS:
        if file.stem not in PROFILES:
            assert set(json.loads(file.read_text(encoding="utf-8"))) <= {PACK}


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_the_stacks_configurations_are_right(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    assert list(errors(document, RULES, TODAY)) == []


def test_only_strict_denies_what_the_preview_cannot_know() -> None:
    assert resolve(profile("strict"), RULES).denies_unknowns
    assert not resolve(profile("baseline"), RULES).denies_unknowns


@pytest.mark.parametrize(("text", "code"), [("{}", 0), ("{", 1)])
def test_the_command_runs_without_the_engine(tmp_path: Path, text: str, code: int) -> None:
    file = tmp_path / "config.json"
    file.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "linkerd_policies.check", str(file)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "policy")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr

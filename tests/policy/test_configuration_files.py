"""The configurations that the repository holds, their schema, and the command that checks one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from linkerd_policies.framework.configuration import errors, json_schema, resolve
from linkerd_policies.table import RULES
from tests.policy.support import TODAY

ROOT = Path(__file__).resolve().parents[2]


def test_the_schema_in_the_docs_is_current() -> None:
    """Run ``make docs`` when it fails."""
    written = (ROOT / "docs/schema/policy-config.schema.json").read_text(encoding="utf-8")
    assert json.loads(written) == json_schema(RULES)


CONFIGS = sorted((ROOT / "policy/config").glob("*.json"))


def test_every_stack_has_a_configuration() -> None:
    stacks = {file.name.split(".")[1] for file in ROOT.glob("Pulumi.*.yaml")}
    assert {file.stem for file in CONFIGS} == stacks


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_the_stacks_configurations_are_right(file: Path) -> None:
    document = json.loads(file.read_text(encoding="utf-8"))
    assert list(errors(document, RULES, TODAY)) == []


def test_production_denies_what_it_cannot_know() -> None:
    document = json.loads((ROOT / "policy/config/prod.json").read_text(encoding="utf-8"))
    assert resolve(document, RULES).denies_unknowns


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

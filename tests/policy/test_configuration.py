from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from linkerd_policies.configuration import errors, json_schema, levels_of, resolve
from linkerd_policies.table import RULES
from tests.policy.support import BY_NAME, TODAY

LOCKED, OPEN = "linkerd-namespace-strict-mtls", "linkerd-breaker-profile-clash"
ROOT = Path(__file__).resolve().parents[2]


def _errors(document: Any) -> list[str]:
    return [f"{e.path}: {e.found} | {e.allowed} | {e.fix}" for e in errors(document, RULES, TODAY)]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {LOCKED: "mandatory"},
        {LOCKED: "remediate"},
        {LOCKED: {"enforcementLevel": "remediate", "allowedPolicies": ["deny"]}},
        {OPEN: "disabled"},
        {OPEN: {"enforcementLevel": "advisory"}},
        {"all": "mandatory"},
        {"all": {"enforcementLevel": "mandatory"}},
        {"linkerd-gateway-limit": {"maxGateways": 2.0}},
        {"linkerd-policy-pack": {"unknowns": "deny", "maxExemptionDays": 1}},
    ],
    ids=str,
)
def test_what_is_accepted(document: dict[str, Any]) -> None:
    assert _errors(document) == []


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ([], r"the file: \[\] | an object of rules' names"),
        ({"linkerd-gatway-limit": {}}, 'unknown rule | .* | Did you mean "linkerd-gateway-limit"'),
        ({"x": {}}, "x: an unknown rule | .* | Remove it, or name a rule that exists"),
        (
            {"linkerd-gateway-limit": {"maxGatways": 2}},
            'maxGatways: an unknown setting .* Did you mean "maxGateways"',
        ),
        ({"linkerd-gateway-limit": {"maxGateways": 2.5}}, "maxGateways: 2.5 | a whole number from"),
        ({"linkerd-gateway-limit": {"maxGateways": True}}, "maxGateways: true | a whole number"),
        ({"linkerd-gateway-limit": {"maxGateways": -1}}, "maxGateways: -1 | a whole number"),
        (
            {"linkerd-service-profile-retry-budget": {"maxRetryRatio": 1.5}},
            "maxRetryRatio: 1.5 | a number from 0 to 1",
        ),
        ({LOCKED: {"allowedPolicies": ["audit"]}}, 'allowedPolicies.0: "audit" | one of '),
        ({LOCKED: {"allowedPolicies": []}}, r"allowedPolicies: \[\] | a list of 1 to"),
        ({LOCKED: {"allowedPolicies": "deny"}}, 'allowedPolicies: "deny" | a list of 1 to'),
        (
            {LOCKED: {"allowedPolicies": ["deny", "deny"]}},
            "different entries",
        ),
        ({LOCKED: "advisory"}, "cannot be set to advisory"),
        ({LOCKED: {"enforcementLevel": "disabled"}}, "cannot be set to disabled"),
        ({LOCKED: "on"}, 'namespace-strict-mtls: "on" | one of mandatory, remediate'),
        ({LOCKED: 3}, "namespace-strict-mtls: 3 | one of mandatory, remediate"),
        ({OPEN: "remediate"}, "has no remediation"),
        ({"all": "disabled"}, 'all: "disabled" | mandatory'),
        ({"all": {"x": 1}}, "all: "),
        ({"linkerd-policy-pack": "advisory"}, "linkerd-policy-pack: .* | It is no rule"),
        ({"linkerd-policy-pack": {"unknowns": "allow"}}, '"allow" | one of deny, report'),
        ({"linkerd-policy-pack": {"maxExemptionDays": 91}}, "91 | a whole number from 1 to 90"),
    ],
    ids=lambda value: json.dumps(value)[:40] if not isinstance(value, str) else "",
)
def test_what_is_refused(document: Any, expected: str) -> None:
    (found,) = _errors(document)
    assert re.search(expected.replace(" | ", r" \| "), found), found


def test_every_mistake_is_told() -> None:
    document = {LOCKED: "advisory", "x": {}, "linkerd-gateway-limit": {"a": 1, "maxGateways": "2"}}
    assert len(_errors(document)) == 4


def test_defaults_and_levels() -> None:
    made = resolve({"all": "mandatory", OPEN: {"enforcementLevel": "advisory"}}, RULES)
    assert made.level(BY_NAME[OPEN]) == "advisory"
    assert made.level(BY_NAME[LOCKED]) == "mandatory"
    assert made.settings["linkerd-gateway-limit"]["maxGateways"] == 1
    assert not made.denies_unknowns
    gateways = {"maxGateways": 3, "exemptions": []}
    document = {"linkerd-policy-pack": {"unknowns": "deny"}, "linkerd-gateway-limit": gateways}
    made = resolve(document, RULES)
    assert made.denies_unknowns
    assert made.settings["linkerd-gateway-limit"]["maxGateways"] == 3
    assert "exemptions" not in made.settings["linkerd-gateway-limit"]


def test_the_schema_says_the_same() -> None:
    schema = json_schema(RULES)
    assert set(schema["properties"]) == {*BY_NAME, "linkerd-policy-pack", "all"}
    assert list(levels_of(BY_NAME[LOCKED])) == ["mandatory", "remediate"]
    assert list(levels_of(BY_NAME[OPEN])) == ["advisory", "disabled", "mandatory"]
    level, entry = schema["properties"][LOCKED]["anyOf"]
    assert level["enum"] == ["mandatory", "remediate"]
    assert set(entry["properties"]) >= {"enforcementLevel", "exemptions", "allowedPolicies"}


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
    assert _errors(json.loads(file.read_text(encoding="utf-8"))) == []


def test_production_denies_what_it_cannot_know() -> None:
    document = json.loads((ROOT / "policy/config/prod.json").read_text(encoding="utf-8"))
    assert resolve(document, RULES).denies_unknowns


def _check(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    file = folder / "config.json"
    file.write_text(text)
    return subprocess.run(
        [sys.executable, "-m", "linkerd_policies.check", str(file)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "policy")},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"linkerd-gateway-limit": {"maxGateways": "2"}}', "linkerd-gateway-limit.maxGateways"),
        ("{", "no JSON"),
    ],
)
def test_the_command_for_plain_pulumi_users(tmp_path: Path, text: str, said: str) -> None:
    assert _check(tmp_path, "{}").returncode == 0
    refused = _check(tmp_path, text)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr

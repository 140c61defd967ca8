from __future__ import annotations

import json
import re
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from linkerd_policies import check
from linkerd_policies.framework.configuration import (
    PACK,
    PACK_SETTINGS,
    errors,
    json_schema,
    levels_of,
    resolve,
    today,
)
from linkerd_policies.framework.exemptions import SETTING
from linkerd_policies.framework.schema import Mismatch, mismatches
from linkerd_policies.framework.wording import as_json
from linkerd_policies.table import RULES
from tests.policy.support import BY_NAME, TODAY

LOCKED, OPEN = "linkerd-namespace-strict-mtls", "linkerd-breaker-profile-clash"


def _errors(document: Any) -> list[str]:
    found = list(errors(document, RULES, TODAY))
    assert all(e.path and e.found and e.allowed and e.fix for e in found)
    return [f"{e.path}: {e.found} | {e.allowed} | {e.fix}" for e in found]


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
        {"linkerd-policy-pack": {"meshedNamespaces": ["web"]}},
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
        (
            {LOCKED: {"enforcementLevel": "disabled"}},
            'mtls.enforcementLevel: "disabled" | .* | ".*" cannot be set to disabled',
        ),
        ({LOCKED: "on"}, 'namespace-strict-mtls: "on" | one of mandatory, remediate | Correct'),
        ({LOCKED: 3}, "namespace-strict-mtls: 3 | one of mandatory, remediate"),
        ({OPEN: "remediate"}, "has no remediation"),
        ({"all": "disabled"}, 'all: "disabled" | mandatory'),
        ({"all": {"x": 1}}, "all: "),
        ({"all": {"enforcementLevel": "mandatory", "x": 1}}, "all: "),
        ({"all": 3}, "all: 3 | mandatory"),
        (
            {"linkerd-policy-pack": "advisory"},
            'pack: "advisory" | an object with unknowns, maxExemptionDays, meshedNamespaces | '
            "It is not a rule",
        ),
        (
            {"linkerd-policy-pack": {"enforcementLevel": "disabled"}},
            "pack.enforcementLevel: an unknown setting | maxExemptionDays, meshedNamespaces, "
            "unknowns | Remove it",
        ),
        ({"linkerd-policy-pack": {"unknowns": "allow"}}, '"allow" | one of deny, report'),
        ({"linkerd-policy-pack": {"maxExemptionDays": 91}}, "91 | a whole number from 1 to 90"),
    ],
    ids=lambda value: json.dumps(value)[:40] if not isinstance(value, str) else "",
)
def test_what_is_refused(document: Any, expected: str) -> None:
    (found,) = _errors(document)
    assert re.search(expected.replace(" | ", r" \| "), found), found


def test_every_mistake_is_reported() -> None:
    document = {LOCKED: "advisory", "x": {}, "linkerd-gateway-limit": {"a": 1, "maxGateways": "2"}}
    assert len(_errors(document)) == 4


def test_defaults_and_levels() -> None:
    made = resolve({"all": "mandatory", OPEN: {"enforcementLevel": "advisory"}}, RULES)
    assert made.level(BY_NAME[OPEN]) == "advisory"
    assert made.level(BY_NAME[LOCKED]) == "mandatory"
    assert resolve({OPEN: "disabled"}, RULES).level(BY_NAME[OPEN]) == "disabled"
    assert made.settings["linkerd-gateway-limit"]["maxGateways"] == 1
    assert not made.denies_unknowns
    gateways = {"maxGateways": 3, "exemptions": []}
    document = {"linkerd-policy-pack": {"unknowns": "deny"}, "linkerd-gateway-limit": gateways}
    made = resolve(document, RULES)
    assert made.denies_unknowns
    assert made.settings["linkerd-gateway-limit"]["maxGateways"] == 3
    assert "exemptions" not in made.settings["linkerd-gateway-limit"]


@pytest.mark.parametrize("pack", ["text", {"maxExemptionDays": "3"}, {"maxExemptionDays": None}])
def test_a_wrong_number_of_days_is_reported_once(pack: Any) -> None:
    exemption = {"resource": "Server shop/web", "reason": "browsers reach it"}
    last = {**exemption, "expires": str(TODAY + timedelta(days=90))}
    document = {"linkerd-policy-pack": pack, OPEN: {"exemptions": [last]}}
    (found,) = _errors(document)
    assert found.startswith("linkerd-policy-pack")


@pytest.mark.parametrize("zone", ["UTC-14", "UTC+12"])
def test_the_day_is_the_same_everywhere(monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    """At any time it is another day than in UTC in one of these zones."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", zone)
        time.tzset()
        before, found, after = _utc(), today(), _utc()
    time.tzset()
    assert before <= found <= after


def _utc() -> date:
    return datetime.now(UTC).date()


def _told(schema: Any) -> Any:
    """The schema with whether it describes something, rather than how."""
    if isinstance(schema, list):
        return list(map(_told, schema))
    if not isinstance(schema, dict):
        return schema
    return {
        key: bool(value) if key in ("description", "title") else _told(value)
        for key, value in schema.items()
    }


def test_meshed_namespaces_are_set_once_for_all_rules() -> None:
    name, key = "linkerd-image-pinned", "meshedNamespaces"
    document = {PACK: {key: ["web", "shop"]}, name: {key: ["api", "web"]}}
    found = resolve(document, RULES).settings
    assert found[name][key] == ["api", "web", "shop"]
    others = [settings[key] for rule, settings in found.items() if key in settings and rule != name]
    assert others == [["web", "shop"]] * len(others)
    assert len(others) > 10
    (message,) = [str(one) for one in errors({PACK: {key: ["We_b"]}}, RULES, TODAY)]
    assert message.startswith("linkerd-policy-pack.meshedNamespaces")


def test_the_schema_of_one_rule() -> None:
    rule = BY_NAME[LOCKED]
    level = {"description": True, "enum": ["mandatory", "remediate"]}
    closed = {"type": "object", "additionalProperties": False}
    settings = {one.name: _told(one.json_schema()) for one in (*rule.settings, SETTING)}
    pack = {one.name: _told(one.json_schema()) for one in PACK_SETTINGS}
    entry = {
        **closed,
        "description": True,
        "properties": {"enforcementLevel": level, **settings},
    }
    assert _told(json_schema([rule])) == {
        **closed,
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": True,
        "properties": {
            "linkerd-policy-pack": {**closed, "description": True, "properties": pack},
            "all": {"description": True, "enum": ["mandatory"]},
            LOCKED: {"description": True, "anyOf": [level, entry]},
        },
    }


def test_the_schema_says_the_same() -> None:
    schema = json_schema(RULES)
    assert set(schema["properties"]) == {*BY_NAME, "linkerd-policy-pack", "all"}
    assert list(levels_of(BY_NAME[LOCKED])) == ["mandatory", "remediate"]
    assert list(levels_of(BY_NAME[OPEN])) == ["advisory", "disabled", "mandatory"]
    level, entry = schema["properties"][LOCKED]["anyOf"]
    assert level["enum"] == ["mandatory", "remediate"]
    assert set(entry["properties"]) >= {"enforcementLevel", "exemptions", "allowedPolicies"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"linkerd-gateway-limit": {"maxGateways": "2"}}', "linkerd-gateway-limit.maxGateways"),
        ("{", "not valid JSON"),
        (
            '{"linkerd-gateway-limit": {"exemptions": [{"resource": "Server shop/web", '
            '"reason": "browsers reach it", "expires": "2020-01-01"}]}}',
            "the exemption of Server shop/web has expired",
        ),
    ],
)
def test_the_command_for_plain_pulumi_users(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    (right, wrong) = (tmp_path / "right.json", tmp_path / "wrong.json")
    right.write_text("{}")
    wrong.write_text(text)
    assert check.main([str(right)]) == 0
    assert capsys.readouterr().err == ""
    assert check.main([str(right), str(wrong)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{wrong}: ")
    assert said in line


def test_the_command_tells_a_file_that_cannot_be_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"x": {}}')
    assert check.main([str(tmp_path / "none.json"), str(wrong)]) == 1
    missing, unknown = capsys.readouterr().err.splitlines()
    assert missing.startswith(f"{tmp_path / 'none.json'}: cannot be read: No such file")
    assert "x: found an unknown rule" in unknown


NAMED = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z]+$"},
        "note": {"type": "string", "minLength": 1, "maxLength": 3},
    },
}
NUMBERS = {
    "type": "array",
    "minItems": 0,
    "maxItems": 2,
    "items": {"type": "integer", "minimum": 1, "maximum": 3},
}


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ({"name": "a"}, NAMED),
        ({"name": "a", "note": "abc"}, NAMED),
        ({}, {"type": "object", "properties": {}}),
        ([3, 3], NUMBERS),
        ([], NUMBERS),
        (False, {"type": "boolean"}),
        ("", {"type": "string"}),
    ],
    ids=str,
)
def test_what_a_schema_allows(value: Any, schema: Any) -> None:
    assert list(mismatches(value, schema, "here")) == []


@pytest.mark.parametrize(
    ("value", "schema", "expected"),
    [
        ({}, NAMED, [("here.name", "nothing", "text that matches ^[a-z]+$")]),
        ({"name": "a", "x": 1}, NAMED, [("here.x", "an unknown key", "name, note")]),
        (
            {"name": "A", "note": ""},
            NAMED,
            [
                ("here.name", '"A"', "text that matches ^[a-z]+$"),
                ("here.note", '""', "text of 1 to 3 characters"),
            ],
        ),
        ("a", NAMED, [("here", '"a"', "an object with name, note")]),
        ([2, 4], NUMBERS, [("here.1", "4", "a whole number from 1 to 3")]),
        (
            [1, 2, 3],
            NUMBERS,
            [
                (
                    "here",
                    "[1, 2, 3]",
                    "a list of 0 to 2 entries, each a whole number from 1 to 3",
                )
            ],
        ),
        ("true", {"type": "boolean"}, [("here", '"true"', "true or false")]),
        (5, {"type": "string"}, [("here", "5", "text")]),
        (True, {"type": "string"}, [("here", "true", "text")]),
    ],
    ids=str,
)
def test_what_a_schema_refuses(
    value: Any, schema: Any, expected: list[tuple[str, str, str]]
) -> None:
    assert list(mismatches(value, schema, "here")) == [Mismatch(*one) for one in expected]


def test_a_long_value_is_shown_cut_short() -> None:
    assert as_json("Käse") == '"Käse"'
    whole = "x" * 78
    assert as_json(whole) == f'"{whole}"'
    cut = as_json(f"{whole}x")
    assert len(cut) == 80
    assert cut.endswith("x...")

"""An objective's rules have the names, labels and queries that Sloth gives the same objective."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.observability import burn
from components.observability.burn import Slo
from components.observability.conditions import Condition
from components.observability.model import Group, Rule, Severity

GOLDEN = Path(__file__).parent / "data" / "sloth-0.16.yaml"
REQUESTS = 'http_request_duration_seconds_count{job="myservice"'
EXAMPLES = {"slo1": 99.9, "slo02": 95.0}
OF_SLOTH = {"sloth_mode", "sloth_spec", "sloth_version"}
"""Labels about Sloth itself, which did not make our rules."""
WINDOW = "sloth_window"


def bad(window: str) -> str:
    failed = f'sum(rate({REQUESTS},code=~"(5..|429)"}}[{window}]))'
    return f"{failed} / sum(rate({REQUESTS}}}[{window}]))"


def ours(name: str, *, keeps_days: bool = True) -> Group:
    def alert(severity: Severity, condition: Condition) -> Rule:
        return Rule(alert=severity, expr=condition.query, labels=condition.labels)

    slo = Slo(service="svc01", name=name, percent=EXAMPLES[name], bad=bad)
    return burn.group(slo, alert, keeps_days=keeps_days)


def sloths(name: str) -> list[dict[str, Any]]:
    groups = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))["groups"]
    return [
        rule for group in groups if group["name"].endswith(f"-{name}") for rule in group["rules"]
    ]


def records(rules: list[dict[str, Any]]) -> dict[tuple[str, str], tuple[str, dict[str, str]]]:
    """The query and Sloth's labels of each record, by its name and window."""
    return {
        (rule["record"], rule["labels"].get(WINDOW, "")): (_plain(rule["expr"]), _labels(rule))
        for rule in rules
        if "record" in rule
    }


def _labels(rule: dict[str, Any]) -> dict[str, str]:
    found = rule["labels"].items()
    return {k: v for k, v in found if k.startswith("sloth_") and k not in OF_SLOTH}


def _plain(expr: str) -> str:
    """The query without spaces, and parentheses around both sides of a ratio; numbers rounded."""
    tight = re.sub(r"\s+", "", expr)
    tight = re.sub(r"^\((sum\(.+\))\)/\((sum\(.+\))\)$", r"(\1/\2)", tight)
    return re.sub(r"\d+\.\d+", lambda found: f"{float(found[0]):.9g}", tight)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_records_are_sloths(name: str) -> None:
    found = records([rule.content for rule in ours(name).rules])

    assert len(found) == 15
    assert found == records(sloths(name))


def test_the_alerts_are_sloths() -> None:
    expected = [rule for rule in sloths("slo1") if "alert" in rule]
    found = {rule.alert: rule for rule in ours("slo1").rules if rule.alert}

    assert len(expected) == 2
    for rule in expected:
        severity = rule["labels"]["sloth_severity"]
        assert _plain(found[severity].expr) == _plain(rule["expr"])
        assert found[severity].labels["sloth_severity"] == severity


def test_six_hours_of_data_are_enough_for_all_rules_of_viz() -> None:
    text = "".join(rule.expr + rule.record for rule in ours("slo1", keeps_days=False).rules)

    assert set(re.findall(r"\[(\w+)\]", text)) == {"5m", "30m", "1h", "6h"}
    assert not re.search(r"ratio_rate\d+d", text)

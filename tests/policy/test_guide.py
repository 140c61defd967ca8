"""``docs/policies-guide.md`` is written by hand: what it says is checked here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from commands.deploy import pack, stack
from linkerd_policies.framework.configuration import PACK_SETTINGS, errors, levels_of, resolve
from linkerd_policies.framework.exemptions import MAX_DAYS
from linkerd_policies.table import RULES
from tests.policy.support import TODAY
from tools.benchmark_pack import LIMIT, RESOURCES

ROOT = Path(__file__).resolve().parents[2]
GUIDE = (ROOT / "docs/policies-guide.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("index", range(len(EXAMPLES)))
def test_every_example_is_a_right_configuration(index: int) -> None:
    document = json.loads(EXAMPLES[index])
    assert document
    assert list(errors(document, RULES, TODAY)) == []


def test_every_setting_of_the_pack_is_described() -> None:
    for setting in PACK_SETTINGS:
        (line,) = [one for one in GUIDE.splitlines() if one.startswith(f"| `{setting.name}` |")]
        assert str(setting.default) in line


def test_every_remediation_is_described() -> None:
    section = GUIDE.partition("## Remediation")[2].partition("\n## ")[0]
    told = set(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE))
    assert told == {rule.name for rule in RULES if "remediate" in levels_of(rule)}


def test_the_stacks_are_configured_as_described() -> None:
    for name, denies in {"local": False, "dev": False, "staging": True, "prod": True}.items():
        text = pack.config_file(stack.find(name)).read_text(encoding="utf-8")
        assert resolve(json.loads(text), RULES).denies_unknowns is denies


def test_the_bounds_are_the_real_ones() -> None:
    assert f"at most {MAX_DAYS} days ahead" in GUIDE
    assert f"{RESOURCES:,} Kubernetes resources" in GUIDE
    assert f"more than {LIMIT * 100:.0f} %" in GUIDE


def test_its_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)", GUIDE):
        assert (ROOT / "docs" / target).exists()

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from linkerd_policies.docs import render
from linkerd_policies.table import RULES

ROOT = Path(__file__).resolve().parents[2]


def test_the_page_is_what_the_rules_say() -> None:
    """Run ``cd policy && python -m linkerd_policies.docs > ../docs/policies.md`` when it fails."""
    made = subprocess.run(
        [sys.executable, "-m", "linkerd_policies.docs"],
        cwd=ROOT / "policy",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert (ROOT / "docs" / "policies.md").read_text() == made


def test_every_rule_has_a_section_of_its_name() -> None:
    page = render(RULES).splitlines()
    assert [line[4:] for line in page if line.startswith("### ")] == [rule.name for rule in RULES]
    for rule in RULES:
        for setting in rule.settings:
            assert any(line.startswith(f"| `{setting.name}` |") for line in page)

"""Whatever the rule, its configuration can sign its bad example off, or lower it if unlocked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from linkerd_policies.framework.configuration import errors
from linkerd_policies.framework.exemptions import MARK
from linkerd_policies.framework.model import Rule
from linkerd_policies.framework.objects import objects_of
from linkerd_policies.table import RULES
from tests.policy.support import LEVELS, TODAY, Pack, documents, token

pytestmark = pytest.mark.slow

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def _said(rule: Rule, **settings: Any) -> list[tuple[int, str]]:
    """Level and message of what the rule says about its bad example."""
    pack = Pack({rule.name: {**rule.example_settings, **settings}})
    found = pack.diagnostics(*documents(rule.bad))
    return [(d.enforcementLevel, d.message) for d in found if d.policyName == rule.name]


def _names(rule: Rule) -> Iterator[str]:
    for manifest in documents(rule.bad):
        for obj in objects_of(token(manifest), manifest, "urn:x", "thing"):
            yield str(obj)


@each_rule
def test_an_exemption_makes_each_violation_a_note(rule: Rule) -> None:
    ends = str(TODAY + timedelta(days=30))
    entry = {"reason": "The old shop moves out.", "expires": ends}
    signed = [{"resource": name, **entry} for name in dict.fromkeys(_names(rule))]
    before, after = _said(rule), _said(rule, exemptions=signed)
    assert {level for level, _ in before} == {LEVELS["mandatory"]}
    assert {level for level, _ in after} == {LEVELS["advisory"]}
    notes = [message for _, message in after if MARK in message]
    assert len(notes) == len(before)


@each_rule
def test_a_level_lowers_every_rule_that_is_not_locked(rule: Rule) -> None:
    lowered = {rule.name: {"enforcementLevel": "advisory"}}
    assert bool(list(errors(lowered, RULES, TODAY))) is rule.locked
    if rule.locked:
        return
    assert {level for level, _ in _said(rule, enforcementLevel="advisory")} == {LEVELS["advisory"]}
    assert _said(rule, enforcementLevel="disabled") == []

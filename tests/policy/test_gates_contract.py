"""Whatever the pack can allow has a counterpart in the admission gates, or is a known gap."""

from __future__ import annotations

from itertools import chain

import pytest

from components.config.stack.admission import Admission
from components.security.gates import gates
from linkerd_policies.framework.model import ResourceRule
from linkerd_policies.table import RULES
from tools.docs.gates import ADMISSION_KEYS, GATES, KNOWN_GAPS, WITHOUT_GATE

RULE = {rule.name: rule for rule in RULES}
GATE = {gate.name: gate for gate in gates(Admission())}
SETTINGS = {(name, setting.name): setting for name in GATES for setting in RULE[name].settings}


def plural(kind: str) -> str:
    """The name of the kind's resource in the API."""
    lower = kind.lower()
    return f"{lower[:-1]}ies" if lower.endswith("y") else f"{lower}s"


def test_every_gate_repeats_a_rule() -> None:
    assert sorted(chain.from_iterable(GATES.values())) == sorted(GATE)


def test_every_locked_rule_has_a_gate_or_a_reason() -> None:
    assert {name for name, rule in RULE.items() if rule.locked} == {*GATES, *WITHOUT_GATE}
    assert not GATES.keys() & WITHOUT_GATE.keys()


def test_every_setting_of_a_gated_rule_has_a_counterpart_or_is_a_known_gap() -> None:
    assert SETTINGS.keys() == {*ADMISSION_KEYS, *KNOWN_GAPS}
    assert not ADMISSION_KEYS.keys() & KNOWN_GAPS.keys()


@pytest.mark.parametrize("pair", ADMISSION_KEYS, ids="-".join)
def test_a_counterpart_has_the_same_bounds_and_default(pair: tuple[str, str]) -> None:
    found = Admission.model_json_schema()["properties"][ADMISSION_KEYS[pair]]
    setting = SETTINGS[pair]
    assert found["default"] == setting.default
    for bound in ("minimum", "maximum"):
        assert found[bound] == setting.schema[bound]


@pytest.mark.parametrize("name", GATES)
def test_the_gates_match_every_kind_of_the_rule(name: str) -> None:
    rule = RULE[name]
    assert isinstance(rule, ResourceRule)
    matched = {
        (resources.group, resource)
        for gate in GATES[name]
        for resources in GATE[gate].resources
        for resource in resources.names
    }
    assert matched == {(group, plural(kind)) for group, kind in rule.kinds}

"""Every rule refuses its own bad example, accepts its good one, and says all that it must say."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from pulumi.runtime.proto import analyzer_pb2

from linkerd_policies.framework.model import ResourceRule, Rule, StackRule
from linkerd_policies.framework.objects import KubeObject, objects_of
from linkerd_policies.framework.pack import build_policies
from linkerd_policies.table import RULES
from tests.policy.support import Manifest, Pack, documents, token, violations

each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)


def _objects(manifests: list[Manifest]) -> Iterator[KubeObject]:
    for index, manifest in enumerate(manifests):
        yield from objects_of(token(manifest), manifest, f"urn:{index}", "thing")


def _direct(rule: Rule, text: str) -> list[str]:
    """The rule's own function on plain mappings, without the SDK."""
    objects, settings = list(_objects(documents(text))), rule.resolve(rule.example_settings)
    if isinstance(rule, ResourceRule):
        return [m for obj in objects if rule.applies(obj) for m in rule.check(obj, settings)]
    assert isinstance(rule, StackRule)
    return [finding.message for finding in rule.check(objects, settings)]


@each_rule
def test_bad_example_is_refused_by_this_rule(rule: Rule) -> None:
    assert _direct(rule, rule.bad)
    assert violations(rule.name, *documents(rule.bad), **rule.example_settings) == _direct(
        rule, rule.bad
    )


@each_rule
def test_good_example_passes_the_rule(rule: Rule) -> None:
    assert _direct(rule, rule.good) == []
    assert violations(rule.name, *documents(rule.good), **rule.example_settings) == []


@each_rule
def test_metadata_reaches_the_engine(rule: Rule) -> None:
    (info,) = [policy for policy in Pack().info().policies if policy.name == rule.name]
    assert info.enforcementLevel == analyzer_pb2.MANDATORY
    assert info.url == f"docs/policies.md#{rule.name}"
    assert info.displayName
    assert info.description.endswith(".")
    assert info.remediation_steps
    assert info.severity != analyzer_pb2.POLICY_SEVERITY_UNSPECIFIED
    assert "linkerd" in info.tags
    assert rule.source.startswith("https://")


@each_rule
def test_every_setting_has_a_default_and_bounds(rule: Rule) -> None:
    for setting in rule.settings:
        schema = setting.json_schema()
        assert schema["description"]
        if schema["type"] == "boolean":
            assert isinstance(setting.default, bool)
            continue
        low, high = (
            ("minItems", "maxItems") if schema["type"] == "array" else ("minimum", "maximum")
        )
        size = len(setting.default) if schema["type"] == "array" else setting.default
        assert schema[low] <= size <= schema[high]
        assert json.loads(json.dumps(schema)) == schema


def test_names_are_unique_and_say_linkerd() -> None:
    names = [rule.name for rule in RULES]
    assert len(set(names)) == len(names)
    assert all(name.startswith("linkerd-") for name in names)


def test_a_rule_of_no_known_form_is_refused() -> None:
    good = RULES[0]
    plain = Rule(
        **{field: getattr(good, field) for field in Rule.__dataclass_fields__},
    )
    with pytest.raises(TypeError, match="neither a ResourceRule nor a StackRule"):
        build_policies([plain])

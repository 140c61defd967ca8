"""Nothing is skipped in silence: what the preview cannot know is said, or fails."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from linkerd_policies.framework.configuration import PACK, resolve
from linkerd_policies.framework.evaluation import Evaluator, Resource, Verdict
from linkerd_policies.framework.model import Finding, Settings
from linkerd_policies.framework.objects import KubeObject, demand
from linkerd_policies.framework.values import MapView
from linkerd_policies.table import RULES
from tests.policy.support import (
    BY_NAME,
    UNKNOWN_MAP,
    UNKNOWN_TEXT,
    URN,
    Manifest,
    Pack,
    struct,
    token,
)

RULE = "linkerd-namespace-strict-mtls"
DENY, REPORT = {"unknowns": "deny"}, {"unknowns": "report"}
ADVISORY, MANDATORY = 0, 1


def _namespace() -> Manifest:
    metadata = {"name": "shop", "annotations": UNKNOWN_MAP}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def _said(manifest: Manifest, config: dict[str, Any]) -> list[tuple[str, int, str]]:
    found = [d for d in Pack(config).resource(manifest).diagnostics if d.policyName == RULE]
    return [(d.policyName, d.enforcementLevel, d.message.partition("\n")[2]) for d in found]


def _read(manifest: Manifest) -> Resource:
    props = MapView(struct(manifest))
    return Resource.read(token(manifest), URN, "thing", props, protected=False, provider="")


@pytest.mark.parametrize(
    ("config", "level"),
    [
        ({}, ADVISORY),
        ({"linkerd-policy-pack": REPORT}, ADVISORY),
        ({"linkerd-policy-pack": DENY}, MANDATORY),
        ({"linkerd-policy-pack": DENY, RULE: {"enforcementLevel": "remediate"}}, MANDATORY),
    ],
    ids=["default", "report", "deny", "deny-remediate"],
)
def test_a_rule_that_cannot_be_evaluated(config: dict[str, Any], level: int) -> None:
    (said,) = _said(_namespace(), config)
    assert said == (
        RULE,
        level,
        f"Not evaluated: {RULE} cannot be checked on Namespace shop: metadata.annotations can't "
        "be known during preview.",
    )


@pytest.mark.parametrize("items", [UNKNOWN_MAP, [_namespace(), UNKNOWN_MAP], UNKNOWN_TEXT])
def test_a_list_whose_objects_are_unknown(items: Any) -> None:
    manifest = {"apiVersion": "v1", "kind": "List", "items": items}
    diagnostics = Pack({PACK: DENY}).resource(manifest).diagnostics
    (said,) = (one for one in diagnostics if one.policyName == PACK)
    assert (said.enforcementLevel, said.urn) == (MANDATORY, URN)
    assert said.message.strip() == (
        "Not evaluated: The rules cannot be checked on the list: items can't be known during "
        "preview."
    )


def test_what_was_found_before_the_unknown_counts() -> None:
    """The annotations are known and wrong, the labels are not known."""
    manifest = _namespace()
    manifest["metadata"]["annotations"] = {"linkerd.io/inject": "enabled"}
    manifest["metadata"]["labels"] = UNKNOWN_MAP
    not_run, violation = _said(manifest, {})
    assert (not_run[1], violation[1]) == (ADVISORY, MANDATORY)
    assert "metadata.labels" in not_run[2]


def test_an_advisory_rule_never_denies() -> None:
    made = resolve({"linkerd-policy-pack": DENY, RULE: "advisory"}, RULES)
    levels = [v.level for v in Evaluator(RULES, made).judge(_read(_namespace())) if v.rule == RULE]
    assert levels == ["advisory"]


def test_the_note_names_the_resource_that_is_not_known() -> None:
    diagnostics = Pack().resource(_namespace()).diagnostics
    assert diagnostics
    assert {one.urn for one in diagnostics} == {URN}


@pytest.mark.parametrize(
    ("config", "level"), [({}, "advisory"), ({PACK: DENY}, "mandatory")], ids=["report", "deny"]
)
def test_a_stack_that_is_not_known(config: dict[str, Any], level: str) -> None:
    """What was found before the unknown counts here, too."""

    def check(objects: Sequence[KubeObject], _settings: Settings) -> Iterator[Finding]:
        yield Finding("Remove it.", objects[0].urn)
        demand(objects[0].props, "metadata", "annotations")

    rule: Any = BY_NAME["linkerd-one-control-plane"]
    rule = replace(rule, check=check)
    said = list(Evaluator([rule], resolve(config, [rule])).judge_stack([_read(_namespace())]))
    message = (
        f"Not evaluated: {rule.name} cannot be checked on the stack: metadata.annotations can't be "
        "known during preview."
    )
    assert said == [
        Verdict(rule=rule.name, message=message, level=level),
        Verdict(rule=rule.name, message="Remove it.", level="mandatory", urn=URN),
    ]

"""Nothing is skipped in silence: what the preview cannot know is said, or fails."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy.proxy import unknown_checking_proxy

from linkerd_policies.configuration import PACK, resolve
from linkerd_policies.evaluation import Evaluator, Resource
from linkerd_policies.table import RULES
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, Pack

RULE = "linkerd-namespace-strict-mtls"
DENY, REPORT = {"unknowns": "deny"}, {"unknowns": "report"}
ADVISORY, MANDATORY = 0, 1


def _namespace() -> Manifest:
    metadata = {"name": "shop", "annotations": UNKNOWN_MAP}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def _said(
    manifest: Manifest, config: dict[str, Any], rule: str = RULE
) -> list[tuple[str, int, str]]:
    found = [d for d in Pack(config).resource(manifest).diagnostics if d.policyName == rule]
    return [(d.policyName, d.enforcementLevel, d.message.partition("\n")[2]) for d in found]


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
    ((_, level, text),) = _said(manifest, {PACK: DENY}, PACK)
    assert level == MANDATORY
    assert "cannot be checked on the list" in text


def test_what_was_found_before_the_unknown_counts() -> None:
    """The annotations are known and wrong, the labels are not known."""
    manifest = _namespace()
    manifest["metadata"]["annotations"] = {"linkerd.io/inject": "enabled"}
    manifest["metadata"]["labels"] = UNKNOWN_MAP
    not_run, violation = _said(manifest, {})
    assert (not_run[1], violation[1]) == (ADVISORY, MANDATORY)
    assert "metadata.labels" in not_run[2]


def test_an_advisory_rule_never_denies() -> None:
    props = unknown_checking_proxy(_namespace())
    resource = Resource.read("kubernetes:core/v1:Namespace", "urn:x", "shop", props)
    made = resolve({"linkerd-policy-pack": DENY, RULE: "advisory"}, RULES)
    levels = [v.level for v in Evaluator(RULES, made).judge(resource) if v.rule == RULE]
    assert levels == ["advisory"]

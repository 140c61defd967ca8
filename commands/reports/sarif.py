"""The policy verdict as SARIF 2.1.0, which code hosts show beside a change.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from commands.deploy.events import Violation
from commands.reports.verdict import Verdict

if TYPE_CHECKING:
    from linkerd_policies.framework.model import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
EXEMPTED = "Exempted until"
_LEVELS = {"mandatory": "error", "advisory": "warning"}
_SCORES = {"low": "3.0", "medium": "5.5", "high": "8.0", "critical": "9.5"}
"""What code hosts sort by, in the middle of CVSS's bands."""


def document(verdict: Verdict, rules: Sequence[Rule]) -> dict[str, Any]:
    """The whole log. Notes of the pack itself are results without a rule."""
    positions = {rule.name: index for index, rule in enumerate(rules)}
    driver = {"name": "linkerd-platform", "rules": [_rule(rule) for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": verdict.complete}],
        "automationDetails": {"id": f"policies/{verdict.stack}/"},
        "results": [_result(one, verdict.stack, positions) for one in verdict.violations],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.display_name},
        "fullDescription": {"text": f"{rule.description} {rule.why}"},
        "helpUri": rule.source,
        "help": {
            "text": f"{rule.remediation} See {rule.url}.",
            "markdown": f"{rule.remediation} See [{rule.url}]({rule.url}).",
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {
            "tags": list(rule.tags),
            "security-severity": _SCORES[rule.severity.value],
        },
    }


def _result(violation: Violation, stack: str, positions: dict[str, int]) -> dict[str, Any]:
    exempted = violation.message.startswith(EXEMPTED)
    identity = f"{violation.rule}\n{violation.urn}\n{violation.message}"
    result: dict[str, Any] = {
        "ruleId": violation.rule,
        "level": _LEVELS[violation.level],
        "message": {"text": violation.message},
        "locations": [_location(violation.urn, stack)],
        "partialFingerprints": {"violation/v1": hashlib.sha256(identity.encode()).hexdigest()},
        "properties": {"severity": violation.severity, "urn": violation.urn},
    }
    if violation.rule in positions:
        result["ruleIndex"] = positions[violation.rule]
    if exempted:
        terms = violation.message.partition(" Violation: ")[0]
        result["suppressions"] = [{"kind": "external", "justification": terms}]
    return result


def _location(urn: str, stack: str) -> dict[str, Any]:
    """The resource, and the stack's config file: code hosts show no result without a file."""
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": f"Pulumi.{stack}.yaml"},
            "region": {"startLine": 1},
        },
        "logicalLocations": [
            {
                "name": urn.rpartition("::")[2] or stack,
                "fullyQualifiedName": urn or stack,
                "kind": "resource",
            }
        ],
    }

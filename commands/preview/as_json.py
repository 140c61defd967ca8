"""The summary for programs."""

from __future__ import annotations

import json
from typing import Any

from commands.preview.model import Change, Summary, Violation

VERSION = 1
"""Increases when a key changes its meaning or is removed."""


def render(summary: Summary) -> str:
    """The summary as JSON; docs/previews.md explains the keys."""
    counts = {str(op): number for op, number in summary.counts.items()}
    document = {
        "version": VERSION,
        "of": summary.kind,
        "stack": summary.stack,
        "result": summary.result.name.lower(),
        "exitCode": summary.result.value,
        "counts": {**counts, "unchanged": summary.unchanged},
        "changes": [_change(each) for each in summary.changes],
        "policies": {
            "rules": summary.rules,
            "violations": [_violation(each) for each in summary.violations],
        },
        "errors": list(summary.errors),
        "warnings": list(summary.warnings),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _change(change: Change) -> dict[str, Any]:
    what = [{"text": each.text, "mark": each.mark or None} for each in change.facts]
    entry: dict[str, Any] = {
        "operation": change.op,
        "where": change.subject,
        "what": what,
        "objects": list(change.objects),
    }
    if change.loss is not None:
        entry["lost"] = {"text": change.loss.text, "data": change.loss.is_data}
    return entry


def _violation(violation: Violation) -> dict[str, Any]:
    return {
        "rule": violation.rule,
        "level": violation.level,
        "severity": violation.severity or None,
        "object": violation.object,
        "message": violation.message,
        "stops": violation.stops,
    }

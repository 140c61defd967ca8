"""The sentences that every form of the summary shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commands.preview.model import Fact, Operation, Result, Summary, SummaryKind, Violation

SIGNS: Mapping[Operation, str] = {"replace": "±", "delete": "-", "update": "~", "create": "+"}
LOSSES: Mapping[SummaryKind, str] = {
    "preview": "Replaced or deleted",
    "drift": "Missing from the cluster",
}
CHANGES: Mapping[SummaryKind, str] = {
    "preview": "What changes",
    "drift": "Different in the cluster",
}
POLICIES = "Policies"
ERRORS = "Errors"
WARNINGS = "Warnings"
DIFF = "Full diff"
MOST_OBJECTS = 2

_ENDS: Mapping[tuple[SummaryKind, Result], str] = {
    ("preview", Result.NOTHING): "Preview of stack {stack}, nothing changes",
    ("preview", Result.CHANGES): "Preview of stack {stack}",
    ("preview", Result.REFUSED): "Preview of stack {stack}, STOPPED BY A POLICY",
    ("preview", Result.FAILED): "Preview of stack {stack} FAILED; found so far",
    ("drift", Result.NOTHING): "The cluster matches stack {stack}",
    ("drift", Result.CHANGES): "The cluster differs from stack {stack}",
    ("drift", Result.FAILED): "The cluster could not be compared with stack {stack}",
}
_COUNTED: Mapping[Operation, str] = {"update": "changed", "delete": "missing"}


def headline(summary: Summary) -> str:
    """How the preview or comparison ended, and the counts, in one sentence."""
    parts = [f"{number} {_counted(summary.kind, op)}" for op, number in summary.counts.items()]
    counts = ", ".join([*parts, f"{summary.unchanged} unchanged"])
    return f"{_ENDS[summary.kind, summary.result].format(stack=summary.stack)}: {counts}."


def _counted(kind: SummaryKind, op: Operation) -> str:
    return f"to {op}" if kind == "preview" else _COUNTED.get(op, op)


def verdict(summary: Summary) -> str:
    """The policies' verdict, in one sentence."""
    if not summary.rules and not summary.violations:
        return "No policies ran."
    stops = sum(1 for each in summary.violations if each.stops)
    others = len(summary.violations) - stops
    if not stops and not others:
        so_far = " so far" if summary.result is Result.FAILED else ""
        return f"{_number(summary.rules, 'rule')}, no violation{so_far}."
    found = [f"{_number(stops, 'mandatory violation')}"] if stops else []
    found += [_number(others, "remark")] if others else []
    return f"{_number(summary.rules, 'rule')}, {', '.join(found)}."


def title(violation: Violation) -> str:
    """A violation without its message: level, rule, severity and object."""
    severity = f" ({violation.severity})" if violation.severity else ""
    return f"[{violation.level}] {violation.rule}{severity}: {violation.object}"


def objects(names: Sequence[str]) -> str:
    """The objects of a row: the first ones, and how many more there are."""
    more = len(names) - MOST_OBJECTS
    shown = ", ".join(names[:MOST_OBJECTS])
    return f"{shown} and {more} more" if more > 0 else shown


def words(fact: Fact) -> tuple[str, str]:
    """The mark to put in front, unless the text begins with it, and the text."""
    is_shown = not fact.mark or fact.text.startswith(fact.mark)
    return ("" if is_shown else f"{fact.mark}: "), fact.text


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"

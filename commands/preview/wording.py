"""The sentences that every form of the summary shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from commands.preview.model import Of, Op, Result, Summary, Told, Violation

SIGNS: Mapping[Op, str] = {"replace": "±", "delete": "-", "update": "~", "create": "+"}
LOSSES: Mapping[Of, str] = {"preview": "Replaced or deleted", "drift": "Gone from the cluster"}
CHANGES: Mapping[Of, str] = {"preview": "What changes", "drift": "Other in the cluster"}
POLICIES = "Policies"
ERRORS = "Errors"
WARNINGS = "Warnings"
DIFF = "Full diff"
MOST_OBJECTS = 2

_ENDS: Mapping[tuple[Of, Result], str] = {
    ("preview", Result.NOTHING): "Preview of stack {stack}, nothing changes",
    ("preview", Result.CHANGES): "Preview of stack {stack}",
    ("preview", Result.REFUSED): "Preview of stack {stack}, STOPPED BY A POLICY",
    ("preview", Result.FAILED): "Preview of stack {stack} FAILED, and came so far",
    ("drift", Result.NOTHING): "The cluster is as stack {stack} left it",
    ("drift", Result.CHANGES): "The cluster is not as stack {stack} left it",
    ("drift", Result.FAILED): "The cluster could not be compared with stack {stack}",
}
_COUNTED: Mapping[Op, str] = {"update": "other", "delete": "gone"}


def headline(summary: Summary) -> str:
    """How the preview or comparison ended, and the counts, in one sentence."""
    parts = [f"{number} {_counted(summary.of, op)}" for op, number in summary.counts.items()]
    counts = ", ".join([*parts, f"{summary.unchanged} unchanged"])
    return f"{_ENDS[summary.of, summary.result].format(stack=summary.stack)}: {counts}."


def _counted(of: Of, op: Op) -> str:
    return f"to {op}" if of == "preview" else _COUNTED.get(op, op)


def verdict(summary: Summary) -> str:
    """What the policies say, in one sentence."""
    if not summary.rules and not summary.violations:
        return "No policy was asked."
    stops = sum(1 for each in summary.violations if each.stops)
    others = len(summary.violations) - stops
    if not stops and not others:
        so_far = " so far" if summary.result is Result.FAILED else ""
        return f"{_number(summary.rules, 'rule')}, no violation{so_far}."
    said = [f"{_number(stops, 'violation')} that must be corrected"] if stops else []
    said += [_number(others, "remark")] if others else []
    return f"{_number(summary.rules, 'rule')}, {', '.join(said)}."


def title(violation: Violation) -> str:
    """A violation without its message: level, rule, severity and object."""
    severity = f" ({violation.severity})" if violation.severity else ""
    return f"[{violation.level}] {violation.rule}{severity}: {violation.object}"


def objects(names: Sequence[str]) -> str:
    """The objects of a row, the first by name."""
    more = len(names) - MOST_OBJECTS
    shown = ", ".join(names[:MOST_OBJECTS])
    return f"{shown} and {more} more" if more > 0 else shown


def words(told: Told) -> tuple[str, str]:
    """A mark to put in front, where the words do not begin with it, and the words."""
    is_said = not told.mark or told.text.startswith(told.mark)
    return ("" if is_said else f"{told.mark}: "), told.text


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"

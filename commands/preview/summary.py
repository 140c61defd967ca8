"""From the engine's steps to the rows that a reviewer reads, the most serious first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from commands.preview import certificates, mesh, security, traffic, workloads
from commands.preview.describing import Kind, describe
from commands.preview.losses import loss
from commands.preview.model import (
    DESTRUCTIVE,
    MARKS,
    Change,
    Operation,
    Recording,
    Step,
    Summary,
    SummaryKind,
)

KINDS: Mapping[str, Kind] = {**traffic.KINDS, **workloads.KINDS, **security.KINDS, **mesh.KINDS}
_UNKNOWN_KIND = Kind(describers=[])
_OPS: tuple[Operation, ...] = ("replace", "delete", "update", "create")


def summarise(stack: str, recording: Recording, *, kind: SummaryKind = "preview") -> Summary:
    """The summary of a preview of the stack of that name, or of its drift."""
    rotations, steps = certificates.split(recording.steps)
    changes = [*rotations, *(_change(step) for step in steps)]
    counts = Counter(step.op for step in recording.steps)
    return Summary(
        stack=stack,
        counts={op: counts[op] for op in _OPS if counts[op]},
        unchanged=recording.unchanged,
        changes=sorted(_together(changes), key=_rank),
        violations=sorted(recording.violations, key=lambda each: (not each.stops, each.rule)),
        rules=len(recording.rules),
        errors=recording.errors,
        warnings=recording.warnings,
        kind=kind,
    )


def _change(step: Step) -> Change:
    return Change(
        op=step.op,
        subject=step.subject,
        objects=[step.object],
        facts=describe(step, KINDS.get(step.kind, _UNKNOWN_KIND)),
        loss=loss(step) if step.op in DESTRUCTIVE else None,
    )


def _together(changes: Iterable[Change]) -> list[Change]:
    """Join changes of one service with the same facts into one row."""
    rows: dict[object, list[Change]] = {}
    for change in changes:
        key = (change.op, change.subject, tuple(change.facts), change.loss)
        rows.setdefault(key, []).append(change)
    return [_joined(each) for each in rows.values()]


def _joined(changes: Sequence[Change]) -> Change:
    first = changes[0]
    return Change(
        op=first.op,
        subject=first.subject,
        objects=[name for change in changes for name in change.objects],
        facts=first.facts,
        loss=first.loss,
    )


def _rank(change: Change) -> tuple[object, ...]:
    lost = 2 if change.loss is None else 0 if change.loss.is_data else 1
    is_bare = [fact.text for fact in change.facts] == ["new"]
    return (lost, MARKS.index(change.mark), is_bare, change.subject, _OPS.index(change.op))

"""From the engine's steps to the rows that a reviewer reads, the gravest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from commands.preview import certificates, mesh, security, traffic, workloads
from commands.preview.losses import loss
from commands.preview.model import LOUD, MARKS, Change, Of, Op, Recording, Step, Summary
from commands.preview.telling import Kind, tell

KINDS: Mapping[str, Kind] = {**traffic.KINDS, **workloads.KINDS, **security.KINDS, **mesh.KINDS}
_UNKNOWN_KIND = Kind(tellers=[])
_OPS: tuple[Op, ...] = ("replace", "delete", "update", "create")


def summarise(stack: str, recording: Recording, *, of: Of = "preview") -> Summary:
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
        of=of,
    )


def _change(step: Step) -> Change:
    return Change(
        op=step.op,
        subject=step.subject,
        objects=[step.object],
        told=tell(step, KINDS.get(step.kind, _UNKNOWN_KIND)),
        loss=loss(step) if step.op in LOUD else None,
    )


def _together(changes: Iterable[Change]) -> list[Change]:
    """Changes of one service that are told in the same words are one row."""
    rows: dict[object, list[Change]] = {}
    for change in changes:
        key = (change.op, change.subject, tuple(change.told), change.loss)
        rows.setdefault(key, []).append(change)
    return [_joined(each) for each in rows.values()]


def _joined(changes: Sequence[Change]) -> Change:
    first = changes[0]
    return Change(
        op=first.op,
        subject=first.subject,
        objects=[name for change in changes for name in change.objects],
        told=first.told,
        loss=first.loss,
    )


def _rank(change: Change) -> tuple[object, ...]:
    lost = 2 if change.loss is None else 0 if change.loss.is_data else 1
    is_bare = [told.text for told in change.told] == ["new"]
    return (lost, MARKS.index(change.mark), is_bare, change.subject, _OPS.index(change.op))

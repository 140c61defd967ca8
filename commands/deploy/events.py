"""A typed reader of the engine's event log: what ``pulumi ... --event-log FILE`` writes.

One JSON object a line. The option is hidden: the engine accepts it if ``PULUMI_DEBUG_COMMANDS`` is
true, as the Automation API sets it. Kinds of events that no report needs are skipped. The engine
masks secrets in steps, but not in what a remediation changed, so that is not read at all.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ENVIRONMENT = {"PULUMI_DEBUG_COMMANDS": "true"}
"""What :func:`options` need in the engine's environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """A message of the engine, a provider or the program. ``urn`` is empty for the whole stack.

    ``severity`` is ``debug``, ``info``, ``info#err``, ``warning`` or ``error``.
    """

    severity: str
    message: str
    urn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyChange:
    """One changed property. ``kind`` is ``add``, ``update``, ``delete`` or one of these with
    ``-replace``."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An operation on one resource, planned (in a preview) or begun.

    ``op`` is ``create``, ``update``, ``delete``, ``same``, ``replace``, and so on; ``old`` and
    ``new`` are the resource's inputs before and after, empty where there are none. ``custom``: a
    provider manages it, so it is no component. ``retained``: it stays when the state drops it.
    """

    op: str
    urn: str
    type: str
    planned: bool
    changes: tuple[PropertyChange, ...]
    old: Mapping[str, Any] = field(repr=False)
    new: Mapping[str, Any] = field(repr=False)
    custom: bool = True
    retained: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The result of an operation on one resource.

    In a refresh, the step's ``op`` is ``same``, ``update`` where the cluster differs from the
    state, or ``delete`` where the object is gone.
    """

    step: Step


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed:
    """An operation that did not succeed."""

    op: str
    urn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A rule's message. ``level`` is ``mandatory`` or ``advisory``; ``message`` has no title."""

    rule: str
    pack: str
    urn: str
    level: str
    severity: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediation:
    """A rule that changed a resource."""

    rule: str
    pack: str
    urn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The rules that analyzed one resource, or the stack where ``urn`` is empty."""

    pack: str
    urn: str
    passed: tuple[str, ...]
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """The end of a run: number of resources by operation, and how long it took."""

    changes: Mapping[str, int]
    seconds: int
    is_preview: bool


Event = Diagnostic | Step | Outcome | StepFailed | Violation | Remediation | Judged | RunSummary


def options(log: Path) -> tuple[str, ...]:
    """The engine's options that make it write its events to ``log``."""
    return ("--event-log", str(log))


def read(log: Path) -> list[Event]:
    """The events of a run, in order; none where the engine wrote no log.

    An incomplete last line, which a killed engine leaves, is skipped.
    """
    if not log.exists():
        return []
    whole, _, _ = log.read_text(encoding="utf-8").rpartition("\n")
    return list(parse(whole.splitlines()))


class Tail:
    """Reads a log while the engine writes it."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._offset = 0

    def read(self) -> list[Event]:
        """The events since the last call.

        ``pulumi up`` begins its log anew after its preview, so a shorter file is read from its
        start.
        """
        try:
            with self._log.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                self._offset = file.seek(self._offset if size >= self._offset else 0)
                whole, newline, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            return []
        self._offset += len(whole) + len(newline)
        return list(parse(whole.decode().splitlines()))


def parse(lines: Iterable[str]) -> Iterator[Event]:
    """The events in the lines of a log. Raises ValueError for a line that is no JSON object."""
    for line in lines:
        document = json.loads(line)
        if not isinstance(document, dict):
            raise ValueError(f"The event log holds {type(document).__name__} instead of an object.")
        for key, make in _READERS.items():
            # What the engine says only to pass the time, such as that pods are not ready yet.
            if key in document and not document[key].get("ephemeral"):
                yield make(document[key])


def _diagnostic(event: Mapping[str, Any]) -> Diagnostic:
    return Diagnostic(
        severity=event["severity"], message=event["message"].strip(), urn=event.get("urn", "")
    )


def _step(event: Mapping[str, Any]) -> Step:
    metadata = event["metadata"]
    detailed = metadata.get("detailedDiff") or {}
    old, new = metadata.get("old") or {}, metadata.get("new") or {}
    return Step(
        op=metadata["op"],
        urn=metadata["urn"],
        type=metadata["type"],
        planned=event.get("planning", False),
        changes=tuple(
            PropertyChange(path=path, kind=change["diffKind"]) for path, change in detailed.items()
        ),
        old=old.get("inputs") or {},
        new=new.get("inputs") or {},
        custom=(new or old).get("custom", False),
        retained=old.get("retainOnDelete", False),
    )


def _outcome(event: Mapping[str, Any]) -> Outcome:
    return Outcome(step=_step(event))


def _failed(event: Mapping[str, Any]) -> StepFailed:
    return StepFailed(op=event["metadata"]["op"], urn=event["metadata"]["urn"])


def _violation(event: Mapping[str, Any]) -> Violation:
    title, _, message = event["message"].strip().partition("\n")
    return Violation(
        rule=event["policyName"],
        pack=event["policyPackName"],
        urn=event.get("resourceUrn", ""),
        level=event["enforcementLevel"],
        severity=event.get("severity", ""),
        message=message.strip() or title,
    )


def _remediation(event: Mapping[str, Any]) -> Remediation:
    return Remediation(
        rule=event["policyName"], pack=event["policyPackName"], urn=event.get("resourceUrn", "")
    )


def _judged(event: Mapping[str, Any]) -> Judged:
    return Judged(
        pack=event["policyPackName"],
        urn=event.get("resourceUrn", ""),
        passed=tuple(event.get("passed", ())),
        failed=tuple(event.get("failed", ())),
    )


def _summary(event: Mapping[str, Any]) -> RunSummary:
    return RunSummary(
        changes=event.get("resourceChanges") or {},
        seconds=event.get("durationSeconds", 0),
        is_preview=event.get("isPreview", False),
    )


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Event]] = {
    "diagnosticEvent": _diagnostic,
    "resourcePreEvent": _step,
    "resOutputsEvent": _outcome,
    "resOpFailedEvent": _failed,
    "policyEvent": _violation,
    "policyRemediationEvent": _remediation,
    "policyAnalyzeSummaryEvent": _judged,
    "policyAnalyzeStackSummaryEvent": _judged,
    "summaryEvent": _summary,
}

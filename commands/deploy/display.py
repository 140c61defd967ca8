"""The end of a run for people: warnings, the policies' verdict, what changed; or why it failed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from textwrap import indent

from commands.deploy import events, logs
from commands.preview import reading, wording
from commands.preview.model import Summary, Violation
from commands.preview.summary import summarise
from tools import live

MOST_LINES = 60
"""Of one reason; every mistake in a configuration has four."""
LAST_LINES = 8
MOST_REMARKS = 5


def show_end(command: str, stack: str, found: Sequence[events.Event], seconds: float) -> None:
    """Print what a run that succeeded did, and where the engine's output is."""
    _show_remarks(command, summarise(stack, reading.read(found)))
    ends = [e for e in found if isinstance(e, events.RunSummary) and not e.is_preview]
    changes = ends[-1].changes if ends else {}
    changed = ", ".join(
        f"{number} {kind}d" for kind, number in sorted(changes.items()) if kind != "same"
    )
    print(f"Changed: {changed}." if changed else "Nothing changed.", end=" ")
    print(f"It took {live.duration(seconds)}. {logs.named(command, stack)}", flush=True)


def failure(command: str, stack: str, found: Sequence[events.Event], said: str) -> str:
    """Why a run failed and what to do. ``said`` is the engine's output."""
    summary = summarise(stack, reading.read(found))
    reasons = [_violation(each) for each in summary.violations if each.stops]
    reasons += reading.reasons(found)
    if not reasons:
        reasons = [_last_words(found, said)]
    return (
        f"`pulumi {command}` failed:\n"
        + "".join(_indented(reason) for reason in reasons)
        + f"{_advice(found)}\n{logs.named(command, stack)}"
    )


def _last_words(found: Sequence[events.Event], said: str) -> str:
    """What is known of a failure without a reason: the engine failed early, or was killed."""
    lines = [line for line in said.splitlines() if line.strip()]
    cut_off = found and not any(isinstance(each, events.RunSummary) for each in found)
    if cut_off or not lines:
        return "The engine ended before it was done. It may have been killed."
    return "\n".join(lines[-LAST_LINES:])


def show_warnings(stack: str, found: Sequence[events.Event]) -> None:
    """Print the warnings of a run that failed, each once."""
    _show_warnings(summarise(stack, reading.read(found)))


def _show_remarks(command: str, summary: Summary) -> None:
    _show_warnings(summary)
    if command != "up" or not summary.rules:
        return
    print(f"{wording.POLICIES}: {wording.verdict(summary)}")
    for each in summary.violations[:MOST_REMARKS]:
        print(f"  {wording.title(each)}")
    more = len(summary.violations) - MOST_REMARKS
    if more > 0:
        print(f"  and {more} more in the engine's output")


def _show_warnings(summary: Summary) -> None:
    for each in summary.warnings:
        print(f"warning: {each}", file=sys.stderr, flush=True)


def _advice(found: Sequence[events.Event]) -> str:
    if any(isinstance(each, events.Step) and not each.planned for each in found):
        return (
            "Correct that, and run the same command again: it goes on from where this one stopped."
        )
    return "Nothing was changed. Correct that, and run the same command again."


def _violation(each: Violation) -> str:
    return f"{wording.title(each)}\n{indent(each.message, '    ')}"


def _indented(reason: str) -> str:
    lines = reason.splitlines()
    rest = len(lines) - MOST_LINES
    more = [f"... {rest} more lines in the engine's output"] if rest > 0 else []
    return "".join(f"  {line}\n" for line in [*lines[:MOST_LINES], *more])

"""How far a run of the engine is, from the events that it records."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from commands.deploy import events
from commands.preview.reading import named
from tools import live

MOST_NAMES = 2
_DOING = {"up": "deployed", "destroy": "removed"}
_PREVIEWS = frozenset({"preview", "refresh"})
_UNCHANGED = frozenset({"same", "read", "refresh"})
_STACK = "pulumi:pulumi:Stack"
_DEFAULT_PROVIDER = re.compile(r"pulumi:providers:\w+::default_")


class Progress:
    """Counts the operations that a run plans, and those that have ended.

    As in the engine's own summary, a replacement is several operations, the stack itself is one,
    and providers that nobody declared are none.
    """

    def __init__(self, command: str) -> None:
        self._command = command
        self._previewing = "Comparing" if command == "refresh" else "Planning"
        self._looked_at = set[str]()
        self._planned = set[tuple[str, str]]()
        self._running: dict[tuple[str, str], str] = {}
        self._done = set[tuple[str, str]]()

    def add(self, found: Iterable[events.Event]) -> None:
        """Count what the events tell."""
        for event in found:
            if isinstance(event, events.Step):
                self._begin(event)
            elif isinstance(event, events.Outcome):
                self._end(event.step)
            elif isinstance(event, events.StepFailed):
                self._running.pop((event.op, event.urn), None)

    def text(self, seconds: float) -> str:
        """How far the run is, after so many seconds."""
        took = f"{seconds:.0f} s" if seconds < 60 else live.duration(seconds)
        if not self._running and not self._done:
            number = len(self._looked_at)
            looked_at = f"{number} object{'' if number == 1 else 's'} looked at"
            return f"{self._previewing}: {looked_at if number else 'the engine starts'}, {took}"
        total = f" of {len(self._planned)}" if len(self._planned) >= len(self._done) else ""
        doing = _DOING.get(self._command, "done")
        return f"{len(self._done)}{total} {doing}, {took}{self._now()}"

    def _now(self) -> str:
        names = [name for name in self._running.values() if name]
        more = len(names) - MOST_NAMES
        shown = ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
        return f"; now {shown}" if shown else ""

    def _begin(self, step: events.Step) -> None:
        self._looked_at.add(step.urn)
        if step.op in _UNCHANGED or _DEFAULT_PROVIDER.search(step.urn):
            return
        if step.planned or self._command in _PREVIEWS:
            self._planned.add((step.op, step.urn))
        else:
            self._running[step.op, step.urn] = "" if step.type == _STACK else named(step.urn)

    def _end(self, step: events.Step) -> None:
        if self._running.pop((step.op, step.urn), None) is not None:
            self._done.add((step.op, step.urn))


@contextmanager
def shown(command: str, log: Path, previewed: Iterable[events.Event] = ()) -> Iterator[None]:
    """Show on standard error how far the run is that writes its events to ``log`` meanwhile.

    ``previewed`` are the events of an earlier preview.
    """
    progress, ended = Progress(command), threading.Event()
    progress.add(previewed)
    watching = threading.Thread(target=_watch, args=(progress, events.Tail(log), ended))
    watching.start()
    try:
        yield
    finally:
        ended.set()
        watching.join()


def _watch(progress: Progress, tail: events.Tail, ended: threading.Event) -> None:
    began = time.monotonic()
    with live.Line(sys.stderr) as line:
        while not ended.wait(live.TICK):
            progress.add(tail.read())
            line.show(progress.text(time.monotonic() - began))

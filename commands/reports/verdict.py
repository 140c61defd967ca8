"""The verdict of one policy pack on a run, collected from the engine's events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commands.deploy import events


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The violations of one pack's rules in a run.

    ``applied`` are the rules that looked at any resource. ``complete`` is whether the engine ran
    all rules on the stack, ``succeeded`` whether the run's exit code was 0.
    """

    stack: str
    violations: tuple[events.Violation, ...]
    applied: frozenset[str]
    complete: bool
    succeeded: bool

    @classmethod
    def collect(
        cls, stack: str, pack: str, log: Iterable[events.Event], *, succeeded: bool
    ) -> Verdict:
        """Collect the events of ``pack``, each violation once: ``up`` reports it in both phases."""
        log = list(log)
        violations = [e for e in log if isinstance(e, events.Violation) and e.pack == pack]
        judged = [e for e in log if isinstance(e, events.Judged) and e.pack == pack]
        return cls(
            stack=stack,
            violations=tuple(dict.fromkeys(violations)),
            applied=frozenset(rule for one in judged for rule in (*one.passed, *one.failed)),
            complete=any(one.urn == "" for one in judged),
            succeeded=succeeded,
        )

"""What a run said about the rules of one policy pack, collected from the engine's events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from commands.deploy import events


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a run said about one pack's rules.

    ``applied`` are the rules that looked at anything. ``complete``: the engine came to the end of
    the stack's rules. ``succeeded``: the run's exit code was 0.
    """

    stack: str
    violations: tuple[events.Violation, ...]
    applied: frozenset[str]
    complete: bool
    succeeded: bool

    @classmethod
    def of(cls, stack: str, pack: str, log: Iterable[events.Event], *, succeeded: bool) -> Verdict:
        """Collect what concerns ``pack``, each violation once: ``up`` says it in both phases."""
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

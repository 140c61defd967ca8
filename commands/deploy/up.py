"""``make up``: deploy, then show what runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from commands.canary import gate
from commands.canary.steps import Raise
from commands.deploy import (
    channel,
    display,
    events,
    pack,
    pending,
    plans,
    recovery,
    session,
    status,
)
from commands.deploy.engine import Engine
from commands.deploy.stack import Stack
from commands.reports import files


def run(
    stack: Stack,
    *,
    yes: bool,
    force: bool,
    report: Path | None = None,
    plan: Path | None = None,
    judged: Sequence[Raise] = (),
) -> int:
    """Deploy the stack. Returns the exit code.

    ``judged`` are raises of canary weights that passed the gate already.
    """
    engine = session.start(stack)
    gate.check_deployed(stack, engine.outputs, judged=judged, measure=True, force=force)
    channel.refuse_narrowing(engine)
    recovery.refuse_half_removed(engine)
    pending.settle(engine)
    _explain_warnings(engine)
    with files.event_log() as log:
        if plan is None:
            code = _deploy(engine, log, yes=yes or stack.is_local)
        else:
            code = _follow(engine, plan, log)
        session.report(report, engine, log, succeeded=code == 0)
    if code:
        return code
    _show_changes(engine)
    return status.show(engine)


def _deploy(engine: Engine, log: Path, *, yes: bool) -> int:
    answer = ["--yes"] if yes else []
    return session.operate(engine, "up", *_options(engine), *answer, log=log)


def _follow(engine: Engine, plan: Path, log: Path) -> int:
    """Deploy what is planned."""
    code, said = plans.follow(engine, plan, _options(engine), log)
    if code:
        refusal = plans.explain(engine, plan, events.read(log))
        reason = recovery.explain(engine, said) or display.failure("up", events.read(log))
        session.advise(refusal or reason)
    return 1 if code else 0


def _options(engine: Engine) -> list[str]:
    return [*pack.options(engine.stack), "--suppress-outputs"]


def _explain_warnings(engine: Engine) -> None:
    if sys.stdout.isatty() and not engine.backend.uses_own_pulumi:
        print(
            "The engine will warn of plugins from $PATH, and of their versions. That is expected: "
            "they are built from source here."
        )


def _show_changes(engine: Engine) -> None:
    changed = {k: n for k, n in engine.last_changes().items() if k != "same"}
    words = ", ".join(f"{number} {kind}d" for kind, number in sorted(changed.items()))
    print(f"\nChanged: {words}." if changed else "\nNothing changed.")

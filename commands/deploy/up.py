"""``make up``: deploy, then show what runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from commands.canary import gate
from commands.canary.steps import Raise
from commands.deploy import events, pack, pending, plans, recovery, session, status
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
    recovery.refuse_half_removed(engine)
    pending.settle(engine)
    _explain_warnings(engine)
    with files.event_log() as log:
        if plan is None:
            code = _deploy(engine, log if report else None, yes=yes or stack.is_local)
        else:
            code = _follow(engine, plan, log)
        session.report(report, engine, log, succeeded=code == 0)
    if code:
        return code
    _show_changes(engine)
    return status.show(engine)


def _deploy(engine: Engine, log: Path | None, *, yes: bool) -> int:
    answer = ["--yes"] if yes else []
    return session.operate(engine, "up", *_options(engine), *answer, log=log)


def _follow(engine: Engine, plan: Path, log: Path) -> int:
    """Deploy what is planned."""
    code, said = plans.follow(engine, plan, _options(engine), log)
    if code:
        refusal = plans.explain(engine, plan, events.read(log))
        session.advise(refusal or recovery.explain(engine, said))
    return code


def _options(engine: Engine) -> list[str]:
    return [*pack.options(engine.stack), "--suppress-outputs"]


def _explain_warnings(engine: Engine) -> None:
    if not engine.backend.uses_own_pulumi:
        print(
            "The engine will warn that plugins come from $PATH and that the Kubernetes one is "
            "4.18.1. That is expected: they are built from source here."
        )


def _show_changes(engine: Engine) -> None:
    changed = {k: n for k, n in engine.last_changes().items() if k != "same"}
    words = ", ".join(f"{number} {kind}d" for kind, number in sorted(changed.items()))
    print(f"\nChanged: {words}." if changed else "\nNothing changed.")

"""``make up``: deploy, then show what runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from commands.canary import gate
from commands.canary.steps import Raise
from commands.deploy import channel, pack, pending, recovery, session, status
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
    with files.event_log() as log:
        options = [*pack.options(engine.stack), "--suppress-outputs"]
        agreed = yes or stack.is_local
        code = session.operate(engine, "up", *options, log=log, yes=agreed, plan=plan)
        session.report(report, engine, log, succeeded=code == 0)
    return code or status.show(engine)

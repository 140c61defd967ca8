"""``make preview``: what ``make up`` would change, with the reviewer's summary in front."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from commands.canary import gate
from commands.deploy import channel, pack, plans, session, summary
from commands.deploy.engine import Engine
from commands.deploy.stack import Stack
from commands.preview.model import Result
from commands.reports import files


def run(
    stack: Stack,
    *,
    force: bool,
    report: Path | None,
    format: summary.Format,
    out: Path | None,
    exit_code: bool,
    plan: Path | None,
) -> int:
    """Preview the stack. Returns one of :data:`summary.EXIT_CODES`."""
    with summary.only_output(format):
        engine = session.start(stack)
        gate.check_deployed(stack, engine.outputs, measure=False, force=force)
        channel.refuse_narrowing(engine)
    form = summary.Form(format=format, out=out)
    with files.event_log() as log:
        result = preview(engine, pack.options(stack), form, log, plan=plan)
        with redirect_stdout(sys.stderr):
            session.report(report, engine, log, succeeded=result.succeeded)
    return code(result, counts_changes=exit_code)


def code(result: Result, *, counts_changes: bool) -> int:
    """The result's exit code; a change is a success unless it counts."""
    return 0 if result is Result.CHANGES and not counts_changes else result.value


def preview(
    engine: Engine,
    options: Sequence[str],
    form: summary.Form,
    log: Path,
    *,
    plan: Path | None = None,
) -> Result:
    """Preview with the engine's further options, show the summary, and write the plan to a file.

    The engine's events go to the file ``log``. Raises :class:`DeployError` where the plan or the
    summary's files cannot be written.
    """
    print(f"Previewing stack {engine.stack.name}...", file=sys.stderr)
    if plan is None:
        return summary.summarised("preview", engine, options, form, log)
    made = log.with_name(plans.NAME)
    save = ("--save-plan", str(made))
    result = summary.summarised("preview", engine, [*options, *save], form, log)
    unknown = plans.save(plan, made, succeeded=result.succeeded)
    if unknown:
        print(
            f"No plan is kept: some values of {', '.join(unknown)} are known only during the run. "
            "`make up` without PLAN shows a preview of its own.",
            file=sys.stderr,
        )
    return result

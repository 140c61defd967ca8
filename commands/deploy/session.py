"""A stack's engine: ready for a run, and what is said after one."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from commands.deploy import (
    backend,
    display,
    events,
    guards,
    local,
    pack,
    plans,
    question,
    recovery,
)
from commands.deploy.engine import Engine
from commands.deploy.stack import Stack
from commands.reports import files
from commands.reports.verdict import Verdict


def start(stack: Stack) -> Engine:
    """The stack's engine, see :func:`prepared`.

    Raises :class:`DeployError` where the cluster is not the stack's, or another run is at work.
    """
    engine = prepared(stack)
    if not stack.is_local:
        guards.same_cluster(engine)
    return engine


def prepared(stack: Stack) -> Engine:
    """The stack's engine: the local cluster runs, its state exists, no dead run holds its lock.

    Raises :class:`DeployError` where another run is at work.
    """
    engine = Engine(stack=stack, backend=backend.choose(stack))
    os.environ["PATH"] = engine.backend.environment["PATH"]
    if stack.is_local:
        local.start()
    engine.prepare()
    if stack.is_local:
        local.adopt(engine)
    recovery.unlock(engine)
    return engine


def operate(
    engine: Engine, command: str, *options: str, log: Path, yes: bool, plan: Path | None = None
) -> int:
    """Run an operation, and say what it changed or why it failed. Returns 0, or 1 where it did.

    Unless ``yes`` or a ``plan`` that was approved is given, it is previewed first, and somebody
    asked. The engine's events go to the file ``log``.
    """
    previewed: Sequence[events.Event] = ()
    if plan is not None:
        options = (*options, *plans.options(plan))
    elif not yes:
        if not question.approved(engine, command, options, log):
            return 1
        previewed = events.read(log)
        options = (*options, "--skip-preview")
    began = time.monotonic()
    code, said = engine.run(
        command, *options, "--yes", log=log, previewed=previewed, hides=plans.is_refusal
    )
    found = events.read(log)
    if code:
        display.show_warnings(engine.stack.name, found)
        refused = plans.explain(engine, plan, found) if plan else None
        advise(refused or why(engine, command, found, said))
        # The engine's own codes, such as 255, tell nothing more.
        return 1
    display.show_end(command, engine.stack.name, found, time.monotonic() - began)
    return 0


def why(engine: Engine, command: str, found: Sequence[events.Event], said: str) -> str:
    """Why a run failed, and what to do. ``said`` is the engine's output."""
    locked = recovery.explain(engine, said)
    return locked or display.failure(command, engine.stack.name, found, said)


def advise(advice: str) -> None:
    """Print what to do after a failed run, after everything else."""
    sys.stdout.flush()
    print(f"\n{advice}", file=sys.stderr)


def report(folder: Path | None, engine: Engine, log: Path, *, succeeded: bool) -> None:
    """Write the policy pack's reports on a run into the folder, if there is one."""
    if folder is None:
        return
    verdict = Verdict.collect(engine.stack.name, pack.NAME, events.read(log), succeeded=succeeded)
    for file in files.write(folder, verdict, pack.rules()):
        print(f"Policy report: {file}")

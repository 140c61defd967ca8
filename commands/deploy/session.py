"""A stack's engine: ready for a run, and what is said after one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from commands.deploy import backend, display, events, guards, local, pack, recovery
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


def operate(engine: Engine, command: str, *options: str, log: Path) -> int:
    """Run an operation, and say at its end why it failed. Returns 0, or 1 where it did.

    The engine's events go to the file ``log``.
    """
    code, said = engine.run(command, *options, log=log)
    if code:
        advise(recovery.explain(engine, said) or display.failure(command, events.read(log)))
    # The engine's own codes, such as 255, tell nothing more.
    return 1 if code else 0


def advise(advice: str | None) -> None:
    """Print what to do after a failed run, if anything is known."""
    if advice:
        print(f"\n{advice}", file=sys.stderr)


def report(folder: Path | None, engine: Engine, log: Path, *, succeeded: bool) -> None:
    """Write the policy pack's reports on a run into the folder, if there is one."""
    if folder is None:
        return
    verdict = Verdict.collect(engine.stack.name, pack.NAME, events.read(log), succeeded=succeeded)
    for file in files.write(folder, verdict, pack.rules()):
        print(f"Policy report: {file}")

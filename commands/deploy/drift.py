"""``make drift``: how the cluster differs from what the stack deployed."""

from __future__ import annotations

import sys
from pathlib import Path

from commands.deploy import session, summary
from commands.deploy.engine import Engine
from commands.deploy.stack import Stack
from commands.preview.model import Result
from commands.reports import files


def run(stack: Stack, *, format: summary.Format, out: Path | None) -> int:
    """Compare the cluster with the stack's state. Returns the exit code.

    Neither is changed. The exit codes are those of :data:`summary.EXIT_CODES`.
    """
    with summary.only_output(format):
        engine = session.start(stack)
    with files.event_log() as log:
        return compare(engine, summary.Form(format=format, out=out), log).value


def compare(engine: Engine, form: summary.Form, log: Path) -> Result:
    """Compare, and show the summary. The engine's events go to the file ``log``."""
    print(f"Comparing the cluster with stack {engine.stack.name}...", file=sys.stderr)
    return summary.summarised("drift", engine, (), form, log)

"""``make down``: remove everything that ``make up`` deployed."""

from __future__ import annotations

from commands.deploy import guards, local, others, pending, session
from commands.deploy.stack import Stack
from commands.reports import files


def run(stack: Stack, *, yes: bool) -> int:
    """Remove the stack's resources. Returns the exit code.

    Raises :class:`DeployError` where some of them are protected.
    """
    if stack.is_local and local.is_absent():
        print("There is no local cluster, so nothing is deployed.")
        return 0
    engine = session.start(stack)
    pending.settle(engine)
    guards.removable(engine)
    others.warn(engine)
    with files.event_log() as log:
        return session.operate(engine, "destroy", log=log, yes=yes or stack.is_local)

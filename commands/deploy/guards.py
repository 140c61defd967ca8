"""What stands between a command and a change that nobody meant."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from commands.deploy import kubernetes_api
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.deploy.stack import Stack
from components.config.problems import Problem
from components.config.problems import render as render_problems

CHANGES = frozenset({"up", "down", "canary", "promote"})
"""The commands that want a confirmation; whoever rolls back has no time for one."""


def confirm(stack: Stack, command: str) -> bool:
    """Have the stack's name typed, where the stack asks for it.

    Returns whether it was given ahead, in ``$CONFIRM``, so that nothing more is to be asked.
    Raises :class:`DeployError` for another answer, or where there is nobody to ask.
    """
    if command not in CHANGES or not stack.protection().confirm:
        return False
    given = os.environ.get("CONFIRM", "")
    if given == stack.name:
        return True
    if not given and sys.stdin.isatty():
        given = _typed(f'This changes the stack "{stack.name}". Type its name to go on: ')
        if given == stack.name:
            return False
    said = f'found "{given}"' if given else "nobody gave it"
    raise DeployError(
        f'The stack "{stack.name}" wants a confirmation, and {said}; nothing was changed.\n'
        f"Type its name when asked, or give it ahead: `make {command} STACK={stack.name} "
        f"CONFIRM={stack.name}`. {stack.file.name} asks for it: `protection.confirm`."
    )


def _typed(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        return ""


def same_cluster(engine: Engine) -> None:
    """Refuse a cluster that is not the config's, or else that of the stack's last run.

    A removal does not run the program, whose own guard this is otherwise. Raises
    :class:`DeployError`.
    """
    cluster = engine.stack.cluster()
    known = cluster.uid or engine.outputs().get("clusterUid")
    if not known or not cluster.check:
        return
    found = kubernetes_api.identity(cluster)
    if found.uid == known:
        return
    problem = Problem(
        file=engine.stack.file.name,
        path="cluster.uid" if cluster.uid else "cluster",
        found=f"the cluster {found.uid} at {found.server}",
        allowed=f'the cluster {known}, which the stack "{engine.stack.name}" belongs to',
        fix="Choose that one with `cluster.context`, `cluster.kubeconfig` or $KUBECONFIG. If it is "
        f"gone for good, `pulumi stack rm --force {engine.stack.name} --preserve-config` forgets "
        "all that was in it.",
    )
    raise DeployError(render_problems([problem]))


def removable(engine: Engine) -> None:
    """Refuse a removal that the engine would refuse, with the way out.

    Raises :class:`DeployError` that names everything protected.
    """
    held = sorted(_protected(engine.state().get("resources") or []))
    if not held:
        return
    name, file = engine.stack.name, engine.stack.file.name
    raise DeployError(
        f'The stack "{name}" has {len(held)} protected resources; nothing was changed.\n'
        + "".join(f"  {one}\n" for one in held)
        + f"To remove them all the same, data included: set `protection.resources: false` and "
        f"`linkerd.crds: delete` (or `retain`) in {file}, run `make up STACK={name}`, which "
        f"takes the protection away, then `make down STACK={name}` again."
    )


def _protected(resources: Iterable[Mapping[str, Any]]) -> set[str]:
    found = set[str]()
    for one in resources:
        if one.get("protect"):
            found.add(f"{one['type'].rpartition(':')[2]} {one['urn'].rpartition('::')[2]}")
    return found

"""Guards against a change that nobody meant: confirmation, the right cluster, protection."""

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
from components.config.stack.settings import Cluster


def confirm(stack: Stack, command: str) -> bool:
    """Ask for the stack's name, where ``protection.confirm`` is set.

    Returns whether ``$CONFIRM`` gave it, so that nothing more is asked. Raises
    :class:`DeployError` for another answer, or without a terminal to ask on.
    """
    if not stack.protection().confirm:
        return False
    given = os.environ.get("CONFIRM", "")
    if given == stack.name:
        return True
    if not given and sys.stdin.isatty():
        given = _typed(f'This changes the stack "{stack.name}". Type its name to continue: ')
        if given == stack.name:
            return False
    found = f'found "{given}"' if given else "nobody gave it"
    raise DeployError(
        f'A change of the stack "{stack.name}" needs confirmation: {found}; nothing was changed.\n'
        f"Type the stack's name when asked, or pass it: `make {command} STACK={stack.name} "
        f"CONFIRM={stack.name}`. `protection.confirm` in {stack.file.name} requires it."
    )


def _typed(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        return ""


def same_cluster(engine: Engine) -> None:
    """Refuse a cluster other than the config's or, without one there, that of the last run.

    The program has the same guard, but a removal does not run the program. Raises
    :class:`DeployError`.
    """
    cluster = engine.stack.cluster()
    if cluster.check:
        is_known(engine.stack, cluster, cluster.uid or engine.outputs().get("clusterUid"))


def is_known(stack: Stack, cluster: Cluster, known: str | None) -> None:
    """Refuse a cluster with another uid than the known one, if there is one.

    Raises :class:`DeployError`.
    """
    if not known:
        return
    found = kubernetes_api.identity(cluster)
    if found.uid == known:
        return
    problem = Problem(
        file=stack.file.name,
        path="cluster.uid" if cluster.uid else "cluster",
        found=f"the cluster {found.uid} at {found.server}",
        allowed=f'the cluster {known}, which the stack "{stack.name}" belongs to',
        fix="Choose it with `cluster.context`, `cluster.kubeconfig` or $KUBECONFIG. If it is gone "
        f"for good, `pulumi stack rm --force {stack.name} --preserve-config` deletes its "
        "state.",
    )
    raise DeployError(render_problems([problem]))


def removable(engine: Engine) -> None:
    """Refuse a removal that the engine would refuse, and say how to remove the protection.

    Raises :class:`DeployError` that names everything protected.
    """
    protected = sorted(_protected(engine.state().get("resources") or []))
    if not protected:
        return
    name, file = engine.stack.name, engine.stack.file.name
    raise DeployError(
        f'The stack "{name}" has {len(protected)} protected resources; nothing was changed.\n'
        + "".join(f"  {one}\n" for one in protected)
        + f"To remove them anyway, with their data: set `protection.resources: false` and "
        f"`linkerd.crds: delete` (or `retain`) in {file}, run `make up STACK={name}` to end the "
        f"protection, then `make down STACK={name}` again."
    )


def _protected(resources: Iterable[Mapping[str, Any]]) -> set[str]:
    found = set[str]()
    for one in resources:
        if one.get("protect"):
            found.add(f"{one['type'].rpartition(':')[2]} {one['urn'].rpartition('::')[2]}")
    return found

"""A meshed workload that every rule accepts, and what to change in it."""

from __future__ import annotations

from typing import Any

from linkerd_policies.rules.examples import GOOD
from tests.policy.support import Manifest, documents

ABSENT = object()
"""In place of a value: the key is removed."""

POD = "spec.template.spec"
CONTAINER = f"{POD}.containers.0"


def put(manifest: Manifest, path: str, value: Any) -> None:
    """Set, or remove, what is at a path such as ``spec.containers.0.image``."""
    holder: Any = manifest
    *above, last = path.replace("\\.", "\0").split(".")
    for step in above:
        if isinstance(holder, list):
            holder = holder[int(step)]
        else:
            holder = holder.setdefault(step.replace("\0", "."), {})
    key: Any = int(last) if isinstance(holder, list) else last.replace("\0", ".")
    if value is ABSENT:
        holder.pop(key)
    else:
        holder[key] = value


def changed(path: str, value: Any) -> list[Manifest]:
    """The example with one change in its Deployment."""
    namespace, deployment = documents(GOOD)
    put(deployment, path, value)
    return [namespace, deployment]

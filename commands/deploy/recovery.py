"""Recovery from a killed run: its lock, and a removal that it began."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi.automation.errors import conflict_text, diy_backend_conflict_text

from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from tools import paths

ENGINE = "pulumi"
NAMESPACE = "kubernetes:core/v1:Namespace"
PLATFORM = "platform:index:Platform"
SERVICE = "platform:workloads:Microservice"


def unlock(engine: Engine) -> None:
    """Remove the lock of a dead run on this machine. Raises :class:`DeployError` for a live one.

    Locks in the user's own backend are left alone: see :func:`explain`.
    """
    if not engine.backend.is_ours:
        return
    for file in paths.STATE.glob(f".pulumi/locks/**/{engine.stack.name}/*.json"):
        holder = json.loads(file.read_text(encoding="utf-8"))
        elsewhere = holder.get("hostname", socket.gethostname()) != socket.gethostname()
        if elsewhere or _alive(int(holder["pid"])):
            raise DeployError(
                f'{_who(holder)} is working on the stack "{engine.stack.name}".\n'
                "Wait for it, or end that process and run the same command again."
                + (f" If its machine is gone for good: {_cancel(engine)}" if elsewhere else "")
            )
        print("An earlier run was killed. Removing its lock.")
        engine.cancel()
        return


def _who(holder: Mapping[str, Any]) -> str:
    """The run that holds the lock, as the engine recorded it."""
    person = "@".join(holder[key] for key in ("username", "hostname") if holder.get(key))
    by = f" of {person}" if person else ""
    return f"Another run{by} (process {holder['pid']}, since {holder['timestamp'][:19]})"


def explain(engine: Engine, said: str) -> str | None:
    """What to do when a run failed because another one holds the stack's lock; else ``None``.

    ``said`` is the engine's output. The texts to look for are those of Pulumi's Automation
    API, for Pulumi Cloud and for all other backends.
    """
    if not any(text in said for text in (conflict_text, diy_backend_conflict_text)):
        return None
    return (
        f'Another run is working on the stack "{engine.stack.name}":\n{_quoted(said)}\n'
        "Nothing was changed. Wait for it, and run the same command again. "
        f"If that run is dead: {_cancel(engine)}"
    )


def _quoted(said: str) -> str:
    """The end of the engine's output, which says whose run it is, if the backend knows."""
    lines = [line for line in said.splitlines() if line.strip()]
    return "\n".join(f"  {line.strip()}" for line in lines[-8:])


def _cancel(engine: Engine) -> str:
    return f"`pulumi cancel --stack {engine.stack.name}` removes its lock."


def refuse_half_removed(engine: Engine) -> None:
    """Raise :class:`DeployError` where a removal was interrupted.

    The engine drops the objects in the services' namespace from its state before the namespace is
    gone. The state after a first run that failed or was killed looks the same, but no run before it
    has put the services there. Nothing protected is ever in a removal: :func:`guards.removable`.
    """
    resources = engine.state().get("resources") or []
    stands = any(_is_services_namespace(found) for found in resources)
    if not stands or any(found["type"] == SERVICE or found.get("protect") for found in resources):
        return
    if _was_deployed(engine.history()):
        raise DeployError(
            "An earlier `make down` was interrupted, and the state no longer lists everything that "
            "is left of the platform.\nRun `make down` again, and then `make up`."
        )


def services_namespaces(engine: Engine) -> list[str]:
    """The services' namespace, where the state has it."""
    return [
        found["inputs"]["metadata"]["name"]
        for found in engine.state().get("resources") or []
        if _is_services_namespace(found)
    ]


def _is_services_namespace(found: Mapping[str, Any]) -> bool:
    parent = found.get("parent", "").split("::")[-2:-1]
    return bool(found["type"] == NAMESPACE and parent == [PLATFORM])


def _was_deployed(history: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a run succeeded since the last whole removal. The history begins with the latest."""
    for entry in history:
        if entry["result"] == "succeeded" and entry["kind"] in ("update", "destroy"):
            return bool(entry["kind"] == "update")
    return False


def _alive(pid: int) -> bool:
    """Whether the engine with this process id runs: neither a zombie nor another program."""
    asked = subprocess.run(
        ["ps", "-o", "stat=,comm=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, program = asked.stdout.strip().partition(" ")
    return bool(state) and not state.startswith("Z") and ENGINE in program

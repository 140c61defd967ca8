"""``make render``: a stack's objects as YAML files, without a cluster."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi

from commands.deploy import backend, pack, refusals
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.deploy.stack import Stack
from commands.render import helmfile, manifests, program, schemas, verdict
from components.config.loading import PROJECT
from components.config.problems import render as render_problems
from tools import paths

CLUSTER = f"{PROJECT}:cluster"


def run(stack: Stack, *, out: str) -> int:
    """Render the stack into ``out``, a folder; ``rendered/<stack>`` without one.

    Returns the exit code. Raises :class:`DeployError`.
    """
    try:
        return render(stack, paths.ROOT / (out or Path("rendered") / stack.name))
    except pulumi.RunError as error:
        raise DeployError(str(error)) from None


def render(chosen: Stack, folder: Path) -> int:
    """Write the objects of the stack's program into the folder. Returns the exit code.

    Nothing is written if one of them violates a schema or a mandatory policy. Raises
    :class:`DeployError`, or ``pulumi.RunError`` where the configuration has problems.
    """
    recording = program.run(chosen.name, config(chosen))
    for warning in recording.warnings:
        print(f"warning: {warning}")
    found = manifests.manifests(recording.registrations)
    problems = [problem for one in found for problem in schemas.problems(one)]
    if problems:
        raise DeployError(render_problems(problems))
    if not _passes(chosen, recording):
        return 1
    releases = helmfile.values(recording.registrations)
    contents: dict[str, Mapping[str, Any]] = {
        **{one.path: one.content for one in found},
        **releases,
        manifests.INDEX: manifests.index(found, recording.registrations),
        helmfile.INDEX: helmfile.index(recording.registrations, folder),
    }
    files = {path: manifests.document(content) for path, content in contents.items()}
    stale = manifests.write(folder, files, header(chosen.name))
    _report(folder, found, len(releases), stale)
    return 0


def header(name: str) -> str:
    """The first line of each file, by which a later run recognizes it."""
    return f"# Written by `make render STACK={name}`; changes here are lost.\n"


def config(chosen: Stack) -> dict[str, str]:
    """The stack's config as the engine passes it to the program, with the cluster's check off.

    The engine runs only where something is encrypted. Raises :class:`DeployError`.
    """
    own = chosen.document.get("config") or {}
    if not isinstance(own, Mapping):
        raise DeployError(f"{chosen.file.name}: `config` has to be a mapping of keys to values.")
    written = {**_defaults(), **own}
    if _is_encrypted(written):
        engine = Engine(stack=chosen, backend=backend.choose(chosen))
        engine.prepare()
        found = engine.config()
    else:
        found = {key: v if isinstance(v, str) else json.dumps(v) for key, v in written.items()}
    return {**found, CLUSTER: _unchecked(found.get(CLUSTER, "{}"))}


def _unchecked(text: str) -> str:
    """The cluster's settings with the check off; the program refuses what is no mapping."""
    try:
        cluster = json.loads(text)
    except ValueError:
        return text
    return json.dumps({**cluster, "check": False}) if isinstance(cluster, Mapping) else text


def _defaults() -> dict[str, Any]:
    """The project's config for every stack: a value, or a type with a default.

    Source: https://www.pulumi.com/docs/iac/concepts/config/#project-level-configuration
    """
    file = paths.ROOT / "Pulumi.yaml"
    document = refusals.document(file)
    found: dict[str, Any] = {}
    for key, entry in (document.get("config") or {}).items():
        name = key if ":" in key else f"{PROJECT}:{key}"
        if not isinstance(entry, Mapping):
            found[name] = entry
        elif "default" in entry or "value" in entry:
            found[name] = entry.get("value", entry.get("default"))
    return found


def _is_encrypted(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "secure" in value or any(map(_is_encrypted, value.values()))
    return isinstance(value, list) and any(map(_is_encrypted, value))


def _passes(chosen: Stack, recording: program.Recording) -> bool:
    found = verdict.judge(recording.registrations, pack.config_file(chosen))
    for one in found:
        level = "mandatory" if one.is_mandatory else "advisory"
        print(f"[{level}] {one.rule} ({one.resource}): {one.message}")
    stopped = sum(one.is_mandatory for one in found)
    if stopped:
        print(f"error: {stopped} mandatory policy violations: nothing was written", file=sys.stderr)
    return not stopped


def _report(
    folder: Path, found: Sequence[manifests.Manifest], releases: int, stale: Sequence[str]
) -> None:
    custom = sum(not schemas.has_schema(one) for one in found)
    print(
        f"{folder}: {len(found)} objects, {releases} Helm releases, {len(stale)} old files removed."
    )
    print(
        f"{len(found) - custom} objects match Kubernetes' schemas; {custom} are custom "
        "resources, which are not checked. No mandatory policy is violated."
    )

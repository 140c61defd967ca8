"""The policy pack of this checkout: its rules, and a stack's configuration for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands.deploy.errors import DeployError
from commands.deploy.stack import Stack
from components.config.problems import Problem
from components.config.problems import render as render_problems
from tools import paths

if TYPE_CHECKING:
    from linkerd_policies.framework.model import Rule

POLICY_PACK = "policy"
STRICT = "strict"
"""The pack's profile for stacks without a configuration of their own: every rule is mandatory."""

NAME = "linkerd-platform"


def rules() -> Sequence[Rule]:
    """Every rule of the pack."""
    _make_importable()
    from linkerd_policies.table import RULES

    return RULES


def options(stack: Stack) -> list[str]:
    """The engine's options that run the pack with the stack's configuration."""
    return ["--policy-pack", POLICY_PACK, "--policy-pack-config", str(config_file(stack))]


def config_file(stack: Stack) -> Path:
    """The stack's configuration of the pack: its own file, else the profile :data:`STRICT`."""
    folder = paths.ROOT / POLICY_PACK / "config"
    own = folder / f"{stack.name}.json"
    return own if own.exists() else folder / f"{STRICT}.json"


def check(stack: Stack) -> None:
    """Raises :class:`DeployError` with everything that is wrong with the stack's configuration."""
    file = config_file(stack)
    found = problems(file, str(file.relative_to(paths.ROOT)))
    if found:
        raise DeployError(render_problems(found))


def problems(file: Path, name: str) -> list[Problem]:
    """Everything that is wrong with a configuration. Messages call the file ``name``."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        return [_no_json(name, error)]
    return [
        Problem(file=name, path=one.path, found=one.found, allowed=one.allowed, fix=one.fix)
        for one in _errors(document)
    ]


def _errors(document: Any) -> Sequence[Any]:
    known = rules()
    from linkerd_policies.framework.configuration import errors, today

    return list(errors(document, known, today()))


def _no_json(name: str, error: json.JSONDecodeError) -> Problem:
    return Problem(
        file=name,
        path=f"line {error.lineno}, column {error.colno}",
        found="text that is not JSON",
        allowed="one JSON object",
        fix=f"Correct the text: {error.msg}.",
    )


def _make_importable() -> None:
    """Let this process import the pack, which is a project of its own."""
    folder = str(paths.ROOT / POLICY_PACK)
    if folder not in sys.path:
        sys.path.append(folder)

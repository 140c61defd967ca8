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
NAME = "linkerd-platform"


def rules() -> Sequence[Rule]:
    """Every rule of the pack."""
    _make_importable()
    from linkerd_policies.table import RULES

    return RULES


def options(stack: Stack) -> list[str]:
    """The engine's options that run the pack, with the stack's configuration if it has one."""
    file = config_file(stack)
    config = ["--policy-pack-config", str(file)] if file.exists() else []
    return ["--policy-pack", POLICY_PACK, *config]


def config_file(stack: Stack) -> Path:
    """Where the stack's configuration of the pack is, or would be."""
    return paths.ROOT / POLICY_PACK / "config" / f"{stack.name}.json"


def check(stack: Stack) -> None:
    """Raises :class:`DeployError` with everything that is wrong with the stack's configuration."""
    file = config_file(stack)
    found = problems(file, str(file.relative_to(paths.ROOT))) if file.exists() else []
    if found:
        raise DeployError(render_problems(found))


def problems(file: Path, name: str) -> list[Problem]:
    """Everything that is wrong with a configuration; ``name`` is the file's name in messages."""
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
        found="text that is no JSON",
        allowed="one JSON object",
        fix=f"Correct the text: {error.msg}.",
    )


def _make_importable() -> None:
    """The pack is a project of its own: the engine starts it in its folder."""
    folder = str(paths.ROOT / POLICY_PACK)
    if folder not in sys.path:
        sys.path.append(folder)

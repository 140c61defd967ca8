"""The question before a change: first the preview in words, then yes or no."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from commands.console import console
from commands.deploy import logs, summary
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.preview import text
from commands.preview.model import Result


def approved(engine: Engine, command: str, options: Sequence[str], log: Path) -> bool:
    """Show what the engine's ``up`` or ``destroy`` would do, and ask whether to do it.

    Nobody is asked where nothing would change or a preview failed. The preview's events go to the
    file ``log``. Raises :class:`DeployError` without a terminal to ask on.
    """
    if not sys.stdin.isatty():
        raise DeployError(
            f'Nobody can be asked whether to change the stack "{engine.stack.name}": this is no '
            "terminal. Nothing was changed.\nAdd YES=1 to answer yes beforehand."
        )
    found = summary.proposed(engine, command, options, log)
    text.show(console(summary.WIDTH), found, "")
    if found.result is not Result.CHANGES:
        return found.result.succeeded
    print(f"\n{logs.named('preview' if command == 'up' else command, engine.stack.name)}")
    answer = _typed(f'Change the stack "{engine.stack.name}" like this? Type yes or no: ')
    if answer != "yes":
        print("Nothing was changed.")
    return answer == "yes"


def _typed(prompt: str) -> str:
    try:
        return input(prompt).strip().lower()
    except EOFError:
        return ""

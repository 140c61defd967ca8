"""The virtual environment ``.venv``, made from the pinned requirements."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from tools.toolchain import files, keys, locks
from tools.toolchain.children import Children
from tools.toolchain.commands import Commands
from tools.toolchain.model import Layout

STAMP = ".pins"  # written last: without it, or with another hash, the environment is made anew


def ready(layout: Layout) -> bool:
    """Whether the environment is whole, of these pins and of this interpreter."""
    stamp = layout.venv / STAMP
    if not (stamp.is_file() and (layout.venv / "bin" / "python").exists()):
        return False
    return stamp.read_text() == keys.environment(layout)


def make(
    layout: Layout,
    children: Children,
    env: Mapping[str, str],
    waiting: Callable[[str, str], None],
) -> None:
    """Makes the environment anew unless it is `ready`.

    Raises:
        ToolchainError: with the tail of pip's output, the log and what to do.
        Cancelled: the run was interrupted.
    """
    lock = layout.local / "venv.lock"
    with locks.hold(lock, children.stopped, lambda who: waiting("the virtual environment", who)):
        if not ready(layout):
            files.unlink(layout.venv)  # a link's target is someone else's: never clear that
            (layout.venv / STAMP).unlink(missing_ok=True)
            _make(layout, Commands(children, _clean(env), layout.local / "venv.log"))
            (layout.venv / STAMP).write_text(keys.environment(layout))


def _make(layout: Layout, commands: Commands) -> None:
    # Not sys.executable: that may be the very environment that is cleared here.
    base = getattr(sys, "_base_executable", sys.executable)
    create = [base, "-m", "venv", "--clear", str(layout.venv)]
    commands.run(create, cwd=layout.root, env=commands.env)
    python = str(layout.venv / "bin" / "python")
    install = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    commands.run(
        [*install, "-r", str(keys.requirements(layout)[-1])], cwd=layout.root, env=commands.env
    )


def _clean(env: Mapping[str, str]) -> dict[str, str]:
    """Without what would make pip install elsewhere. The user's index and proxy stay."""
    elsewhere = {"PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"}
    return {name: value for name, value in env.items() if name not in elsewhere}

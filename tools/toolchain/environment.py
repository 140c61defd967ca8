"""The virtual environment ``.venv``, made from the pinned requirements."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from tools.toolchain import files, keys, locks
from tools.toolchain.commands import Commands
from tools.toolchain.model import Layout

STAMP = ".pins"  # written last; the environment is made anew if it is missing or differs
# Settings that make pip install elsewhere. The user's index and proxy stay.
_IGNORED = ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")


def ready(layout: Layout) -> bool:
    """Whether the environment is whole, and made from these pins by this interpreter."""
    stamp = layout.venv / STAMP
    if not (stamp.is_file() and (layout.venv / "bin" / "python").exists()):
        return False
    return stamp.read_text() == keys.environment(layout)


def make(
    layout: Layout,
    commands: Commands,
    env: Mapping[str, str],
    waiting: Callable[[str, str], None],
) -> None:
    """Makes the environment anew unless it is `ready`.

    Raises:
        ToolchainError: with the tail of pip's output, the log and what to do.
        Cancelled: the run was interrupted.
    """
    lock = layout.local / "venv.lock"
    with locks.hold(lock, commands.stopped, lambda who: waiting("the virtual environment", who)):
        if not ready(layout):
            files.unlink(layout.venv)  # a link may lead to someone else's environment: keep that
            (layout.venv / STAMP).unlink(missing_ok=True)
            _make(layout, commands, env)
            (layout.venv / STAMP).write_text(keys.environment(layout))


def _make(layout: Layout, commands: Commands, env: Mapping[str, str]) -> None:
    env = {name: value for name, value in env.items() if name not in _IGNORED}
    log = layout.local / "venv.log"
    log.unlink(missing_ok=True)
    # Not sys.executable: that may be in the very environment that is cleared here.
    base = getattr(sys, "_base_executable", sys.executable)
    create = [base, "-m", "venv", "--clear", str(layout.venv)]
    commands.run(create, cwd=layout.root, env=env, log=log)
    python = str(layout.venv / "bin" / "python")
    install = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    install += ["-r", str(keys.requirements(layout)[-1])]
    commands.run(install, cwd=layout.root, env=env, log=log)

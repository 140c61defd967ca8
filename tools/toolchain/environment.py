"""The virtual environment ``.venv``, made from the pinned requirements."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.toolchain import files, keys, locks
from tools.toolchain.commands import Commands
from tools.toolchain.model import Layout

STAMP = ".pins"  # written last; the environment is made anew if it is missing or differs
# Settings that make pip install elsewhere. The user's index and proxy stay.
_IGNORED = ("PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV")
_UV = re.compile(r"^uv==.*(?:\n +--hash=.*)+$", re.M)  # the pin, with its hashes
_PIP_SETTING = re.compile(r"^\S+?\.([a-z-]+)='(.*)'$", re.M)
_UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
"""https://docs.astral.sh/uv/reference/environment/"""


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
    pip = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    wanted = ["-r", str(keys.requirements(layout)[-1])]
    if not _install_with_uv(layout, commands, env, log, pip, wanted):
        commands.run([*pip, *wanted], cwd=layout.root, env=env, log=log)


def _install_with_uv(
    layout: Layout,
    commands: Commands,
    env: Mapping[str, str],
    log: Path,
    pip: Sequence[str],
    wanted: Sequence[str],
) -> bool:
    """Install with uv, which takes seconds where pip takes a minute. Returns whether it did."""
    pin = _UV.search(_text(layout.root / "requirements-audit.txt"))
    if not pin:
        return False
    file = layout.local / "requirements-uv.txt"
    file.write_text(pin.group())
    uv = [str(layout.venv / "bin" / "uv"), "pip", "install", "--require-hashes"]
    uv += ["--compile-bytecode"]  # it is not written later where PYTHONDONTWRITEBYTECODE is set
    env = {**uv_settings(pip[0], env), **env, "VIRTUAL_ENV": str(layout.venv)}
    steps = ([*pip, "--require-hashes", "-r", str(file)], [*uv, *wanted])
    return all(commands.code(step, cwd=layout.root, env=env, log=log) == 0 for step in steps)


def uv_settings(python: str, env: Mapping[str, str]) -> dict[str, str]:
    """What pip's configuration says about the places of packages, in uv's variables."""
    listed = subprocess.run(
        [python, "-m", "pip", "config", "list"],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    found = dict(_PIP_SETTING.findall(listed))
    return {uv: found[pip].replace("\\n", " ") for pip, uv in _UV_NAMES.items() if pip in found}


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""

"""Where the state is: the user's own backend, or a folder of this checkout.

The backend in the checkout needs no login. Its passphrase is generated and stays in ``.local``.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commands.deploy.errors import DeployError
from commands.deploy.stack import Stack
from tools import paths

PASSPHRASE = paths.LOCAL / "passphrase"
PULUMI_HOME = paths.LOCAL / "pulumi"
TOOLS = paths.LOCAL / "toolchain.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The engine's environment for one stack.

    ``is_ours``: the state is in this checkout. ``uses_own_pulumi``: the CLI is the user's own.
    """

    is_ours: bool
    uses_own_pulumi: bool
    environment: Mapping[str, str] = field(repr=False)


def choose(stack: Stack) -> Backend:
    """The backend of a stack: this checkout for the local one, or where the user has none.

    Raises :class:`DeployError` in a CI job without a backend: its checkout is deleted, and the
    state with it.
    """
    environment = {
        **os.environ,
        "PATH": os.pathsep.join((str(paths.VENV / "bin"), str(paths.BIN), os.environ["PATH"])),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    own_pulumi = _pulumi_is_users()
    if not own_pulumi:
        PULUMI_HOME.mkdir(parents=True, exist_ok=True)
        environment["PULUMI_HOME"] = str(PULUMI_HOME)
    ours = stack.is_local or not _user_has_backend()
    if ours and not stack.is_local and os.environ.get("CI"):
        raise DeployError(
            f'The state of the stack "{stack.name}" would be lost with this CI job; nothing was '
            "changed. Give the job PULUMI_BACKEND_URL, or PULUMI_ACCESS_TOKEN for Pulumi Cloud."
        )
    if ours:
        paths.STATE.mkdir(parents=True, exist_ok=True)
        # A run writes the state hundreds of times; the files with its checksums are read by nobody.
        environment["PULUMI_BACKEND_URL"] = f"{paths.STATE.as_uri()}?metadata=skip"
    if ours and (stack.is_local or not _user_has_passphrase()):
        environment.pop("PULUMI_CONFIG_PASSPHRASE", None)
        environment["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(_passphrase())
    return Backend(is_ours=ours, uses_own_pulumi=own_pulumi, environment=environment)


def _pulumi_is_users() -> bool:
    """Whether ``pulumi`` is the user's own: plugins and logins are then in the user's folder."""
    try:
        tools = json.loads(TOOLS.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    return bool(tools["tools"]["pulumi"]["origin"] == "path")


def _user_has_backend() -> bool:
    if os.environ.get("PULUMI_BACKEND_URL") or os.environ.get("PULUMI_ACCESS_TOKEN"):
        return True
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    try:
        credentials = json.loads((home / "credentials.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(credentials.get("current"))


def _user_has_passphrase() -> bool:
    names = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
    return any(name in os.environ for name in names)


def _passphrase() -> Path:
    if not PASSPHRASE.exists():
        descriptor = os.open(PASSPHRASE, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(32))
    return PASSPHRASE

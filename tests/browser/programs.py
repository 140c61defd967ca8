"""What the browser tests need from the system, and how to get it."""

from __future__ import annotations

import os
import shutil

PACKAGES = {"chromium": "chromium", "chromedriver": "chromium-driver", "nginx": "nginx-light"}
"""Each program with the Debian package that has it."""

OTHER_NAMES = {"chromium": ("google-chrome",)}
"""What other systems call it."""


def missing() -> list[str]:
    """The Debian packages to install."""
    return [package for program, package in PACKAGES.items() if _find(program) is None]


def path(program: str) -> str:
    """Where the program is; raises if it is not installed."""
    found = _find(program)
    assert found is not None, f"{program} is missing: apt-get install {PACKAGES[program]}"
    return found


def _find(program: str) -> str | None:
    # Debian leaves the folder of nginx off the path of ordinary users.
    path = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"
    names = (program, *OTHER_NAMES.get(program, ()))
    return next((found for name in names if (found := shutil.which(name, path=path))), None)

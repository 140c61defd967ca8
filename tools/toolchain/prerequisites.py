"""What the machine must have before anything can be built. Parses and runs on Python 3.6."""

import importlib.util
import re
import shutil
import subprocess
import sys

PYTHON = (3, 11)  # what requirements*.txt are locked for
GO = (1, 25)  # the `go` line of tools/modules/*/go.mod

HOW = {
    "python": "https://www.python.org/downloads/, `apt install python3`, `brew install python`",
    "venv": "`apt install python3-venv`, or a Python from https://www.python.org/downloads/",
    "go": "https://go.dev/dl/ or `brew install go`; then put its bin folder on PATH",
    "git": "`apt install git` or `brew install git`",
    "make": "`apt install make` or `xcode-select --install`",
}


def missing(path: str, python: "tuple[int, ...]" = tuple(sys.version_info[:3])) -> "list[str]":
    """One line for each thing that is missing: what, what was found, how to get it.

    ``path`` is the PATH to search; ``python`` the version to judge, by default the running one.
    """
    lines = []
    if python[:2] < PYTHON:
        lines.append(_line("python", f"Python {_dots(PYTHON)} or later", _dots(python)))
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        lines.append(_line("venv", "Python's venv and ensurepip modules", "none"))
    go = go_version(path)
    if go is None or go[:2] < GO:
        lines.append(_line("go", f"Go {_dots(GO)} or later", _dots(go) if go else "none"))
    for tool in ("git", "make"):
        if shutil.which(tool, path=path) is None:
            lines.append(_line(tool, tool, "none"))
    return lines


def message(lines: "list[str]") -> str:
    """The whole message to the user, from the lines of `missing`."""
    return "\n".join(
        ["`make tools` cannot start. Missing on this machine:"]
        + ["  - " + line for line in lines]
        + ["Install these, then run `make tools` again."]
    )


def go_version(path: str) -> "tuple[int, ...] | None":
    """The version of the ``go`` on ``path``, or None where there is none that answers."""
    go = shutil.which("go", path=path)
    if go is None:
        return None
    try:
        # In "/" no go.mod can make Go fetch another toolchain just to answer.
        answer = subprocess.run(
            [go, "version"], cwd="/", stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"go(\d+(?:\.\d+)+)", answer.stdout.decode("utf-8", "replace"))
    return tuple(int(part) for part in found.group(1).split(".")) if found else None


def _line(what: str, needed: str, found: str) -> str:
    return f"{needed} (found: {found}). Get it: {HOW[what]}"


def _dots(version: "tuple[int, ...]") -> str:
    return ".".join(str(part) for part in version)

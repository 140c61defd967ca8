"""The engine's own output: always in a file, and shown with VERBOSE=1."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from tools import paths

FOLDER = paths.LOCAL / "logs"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def is_verbose() -> bool:
    """Whether the user asked for the engine's own output."""
    return os.environ.get("VERBOSE", "") not in ("", "0")


def file(command: str, stack: str) -> Path:
    """The file with the output of the last run of an engine's command, such as ``up``."""
    return FOLDER / f"{command}-{stack}.log"


def named(command: str, stack: str) -> str:
    """Where the engine's output is, in one sentence."""
    return f"The engine's output is in {file(command, stack).relative_to(paths.ROOT)}."


def plain(text: str) -> str:
    """The text without colours."""
    return _ANSI.sub("", text)


@contextmanager
def written(command: str, stack: str) -> Iterator[TextIO]:
    """The file to write the engine's output to; only its owner can read it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    log = file(command, stack)
    # Another run may still write to the file of this name.
    log.unlink(missing_ok=True)
    log.touch(mode=0o600)
    with log.open("w", encoding="utf-8", buffering=1) as output:
        yield output

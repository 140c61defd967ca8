"""Where tables are printed."""

from __future__ import annotations

import sys

from rich.console import Console


def console(width: int = 130) -> Console:
    """A console on standard output; into a file, it writes tables of up to ``width`` columns."""
    return Console(width=None if sys.stdout.isatty() else width)

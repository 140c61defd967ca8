"""A parser of arguments whose mistakes are errors like any other."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn


class Parser(argparse.ArgumentParser):
    """Ends with 1 on a mistake: argparse's own 2 says that a preview found changes."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and end."""
        self.print_usage(sys.stderr)
        self.exit(1, f"error: {message}\n")

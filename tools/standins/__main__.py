"""``python tools/standins random|tls``: serve the stand-in for that plugin."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

PACKAGES = ("random", "tls")


def main(arguments: list[str]) -> int:
    """Serve the package that is named first; the engine's further arguments are not needed."""
    if not arguments or arguments[0] not in PACKAGES:
        print(f"usage: python {sys.argv[0]} {'|'.join(PACKAGES)}", file=sys.stderr)
        return 2
    # Not this folder: its files must not be importable by their bare names.
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    try:
        resources = importlib.import_module(f"tools.standins.{arguments[0]}_package").RESOURCES
        server = importlib.import_module("tools.standins.server")
    except ModuleNotFoundError as error:
        print(
            f"the stand-in for the {arguments[0]!r} plugin lacks the Python package {error.name!r} "
            f"in {sys.executable}: install requirements-dev.txt there, or put the Python that has "
            "it first on PATH",
            file=sys.stderr,
        )
        return 1
    server.serve(arguments[0], resources)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

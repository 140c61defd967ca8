"""``make frontend``: build the frontend's page, and record what it was built from.

The built files are committed, so that a deployment needs no Node.js. ``frontend/built.sha256`` has
the checksum of every source and every built file: a test without Node.js can tell that the page is
out of date. ``--check`` builds a copy and compares it with the committed files.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools import paths

FRONTEND = paths.ROOT / "frontend"
DIST = "dist"
SUMS = "built.sha256"
INPUTS = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
"""The sources of the build besides ``src/``."""


class FrontendError(Exception):
    """Why the page could not be built, for the user."""


def files(root: Path) -> list[str]:
    """The sources and the built files below ``root``, as sorted relative paths."""
    folders = [root / "src", root / DIST]
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return sorted([*INPUTS, *(path.relative_to(root).as_posix() for path in found)])


def sums(root: Path) -> str:
    """The checksums of all these files, in the form that ``sha256sum -c`` reads."""
    return "".join(f"{_sha256(root / name)}  {name}\n" for name in files(root))


def stale(root: Path) -> list[str]:
    """The files that were changed, added or removed since the page was built."""
    recorded = set((root / SUMS).read_text(encoding="utf-8").splitlines())
    differing = recorded ^ set(sums(root).splitlines())
    return sorted({line.partition("  ")[2] for line in differing})


def build(root: Path) -> None:
    """Check the types, run the unit tests and write ``dist/``, with the locked packages.

    Raises :class:`FrontendError` if Node.js is missing or a step fails.
    """
    if shutil.which("npm") is None:
        raise FrontendError("npm is missing: install Node.js 20.19 or later.")
    steps = (("ci", "--no-audit", "--no-fund"), *(("run", s) for s in ("types", "test", "build")))
    for step in steps:
        if subprocess.run(["npm", *step], cwd=root, check=False).returncode != 0:
            raise FrontendError(f"`npm {' '.join(step)}` failed in {root}.")


def rebuild() -> None:
    """Build in place and record the checksums. Raises :class:`FrontendError`."""
    build(FRONTEND)
    (FRONTEND / SUMS).write_text(sums(FRONTEND), encoding="utf-8")
    print(f"wrote frontend/{DIST} and frontend/{SUMS}")


def check() -> None:
    """Build a copy and compare it with what is committed. Raises :class:`FrontendError`."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "frontend"
        shutil.copytree(FRONTEND, copy, ignore=shutil.ignore_patterns("node_modules", DIST))
        build(copy)
        differing = stale(copy)
    if differing:
        raise FrontendError(
            f"A fresh build differs in {', '.join(differing)}: run `make frontend` and commit."
        )
    print("The committed page is up to date with its sources.")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(arguments: Sequence[str]) -> int:
    """Build or check. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="tools.frontend")
    parser.add_argument("--check", action="store_true", help="build a copy and compare")
    try:
        check() if parser.parse_args(arguments).check else rebuild()
    except FrontendError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

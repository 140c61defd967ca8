"""Hashes over the pins, which name the folders in the cache: another pin gives another folder.

Only what decides the result is hashed: the recipe as it is printed (`repr`), the module files, and
the kind of machine. The code that builds is no part of it, so that a change of it builds nothing
anew. Charts are an exception: ``charts.py`` decides what is in them. They take seconds. Nor is the
version of Go: any that satisfies go.mod will do.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

from tools.toolchain.model import Charts, Download, Layout, Pins, Recipe

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
_CODE = Path(__file__).parent


def of(recipe: Recipe, layout: Layout) -> str:
    """Twelve hex digits over all that decides what ``recipe`` makes on this kind of machine."""
    if isinstance(recipe, Download):
        return _digest([repr(recipe)], ())
    module = layout.modules / recipe.module
    files = sorted(path for path in module.iterdir() if path.suffix in {".mod", ".sum", ".go"})
    if isinstance(recipe, Charts):
        files.append(_CODE / "charts.py")
    return _digest([repr(recipe), sys.platform, platform.machine()], files)


def folder(recipe: Recipe, layout: Layout) -> Path:
    """The folder in the cache for what ``recipe`` makes."""
    return layout.cache / f"{recipe.name}-{of(recipe, layout)}"


def whole(pins: Pins, layout: Layout) -> str:
    """One hash over every pin, for the key of a CI cache."""
    files = [*requirements(layout), *layout.root.glob("tools.lock")]
    return _digest((of(recipe, layout) for recipe in pins.recipes()), files)


def environment(layout: Layout) -> str:
    """One hash over the Python pins and the interpreter of the virtual environment."""
    interpreter = [sys.base_prefix, sys.implementation.name, platform.python_version()]
    return _digest(interpreter, requirements(layout))


def requirements(layout: Layout) -> list[Path]:
    return [layout.root / name for name in REQUIREMENTS]


def _digest(texts: Iterable[str], files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for part in (*(text.encode() for text in texts), *(path.read_bytes() for path in files)):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:12]

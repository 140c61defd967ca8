"""Hashes that name what is made: another pin gives another name, so nothing stale is ever used."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

from tools.toolchain.model import Charts, Layout, Pins, Recipe

REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
_CODE = Path(__file__).parent


def of(recipe: Recipe, layout: Layout) -> str:
    """Twelve hex digits over all that decides what ``recipe`` makes, on this kind of machine."""
    module = layout.modules / recipe.module
    files = sorted(path for path in module.iterdir() if path.suffix in {".mod", ".sum", ".go"})
    if isinstance(recipe, Charts):
        files.append(_CODE / "charts.py")
    return _digest([repr(recipe), sys.platform, platform.machine()], files)


def folder(recipe: Recipe, layout: Layout) -> Path:
    """Where in the cache the things that ``recipe`` makes stand."""
    return layout.cache / f"{recipe.name}-{of(recipe, layout)}"


def whole(pins: Pins, layout: Layout) -> str:
    """One hash over every pin, for the key of a CI cache."""
    return _digest((of(recipe, layout) for recipe in pins.recipes()), requirements(layout))


def environment(layout: Layout) -> str:
    """The hash of the Python pins and of the interpreter that the virtual environment is of."""
    interpreter = [sys.base_prefix, sys.implementation.name, platform.python_version()]
    return _digest(interpreter, requirements(layout))


def requirements(layout: Layout) -> list[Path]:
    return [layout.root / name for name in REQUIREMENTS]


def _digest(texts: Iterable[str], files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for part in (*(text.encode() for text in texts), *(path.read_bytes() for path in files)):
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:12]

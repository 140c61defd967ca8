"""Makes the charts in Linkerd's module whole, as its ``bin/helm-build`` does for a release."""

from __future__ import annotations

import re
from pathlib import Path

from tools.toolchain.errors import ToolchainError
from tools.toolchain.files import copy_tree
from tools.toolchain.model import Charts

# Placeholders that the release scripts fill in: `linkerdVersion` of the values, and `appVersion`.
_VALUES_VERSION = "linkerdVersionValue"
_APP_VERSION = "edge-XX.X.X"


def make(recipe: Charts, source: Path, out: Path) -> None:
    """Writes each chart of ``recipe`` from the module's folder ``source`` into ``out``.

    Raises:
        ToolchainError: the module is of another version than the pin says, or lacks a chart.
    """
    named = newest(source / "CHANGES.md")
    if named != recipe.version:
        raise ToolchainError(
            f"{recipe.source} is {named} by its CHANGES.md, the pin says {recipe.version}. "
            "Set LINKERD in tools/toolchain/pins.py to the former."
        )
    for chart in recipe.charts:
        target = out / Path(chart).name
        copy_tree(source / chart, target)
        # Helm looks for what Chart.yaml or requirements.yaml depends on in charts/<name>.
        copy_tree(source / recipe.partials, target / "charts" / Path(recipe.partials).name)
        _fill(target / "values.yaml", _VALUES_VERSION, recipe.version)
        _fill(target / "Chart.yaml", _APP_VERSION, recipe.version)


def newest(changes: Path) -> str:
    """The version that the first heading of CHANGES.md names.

    Raises:
        ToolchainError: there is no such file or heading.
    """
    text = changes.read_text() if changes.is_file() else ""
    found = re.search(r"^## (\S+)$", text, re.MULTILINE)
    if found is None:
        raise ToolchainError(f"{changes} names no version: the module is not what is pinned.")
    return found.group(1)


def _fill(path: Path, placeholder: str, version: str) -> None:
    path.write_text(path.read_text().replace(placeholder, version))

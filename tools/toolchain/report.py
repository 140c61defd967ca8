"""The table for the user, the links, and ``.local/toolchain.json`` for other programs."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path

from tools.toolchain import files, keys
from tools.toolchain.model import Download, GoBuild, Layout, Pins, Recipe
from tools.toolchain.resolve import Found, Resolution

FILE = "toolchain.json"
SAYS = {
    "path": "PATH",
    "plugin": "Pulumi's plugin folder",
    "stand-in": "stand-in of this project",
    "built": "cache",
    "download": "release in the cache",
}
_VERBS = {GoBuild: "build", Download: "download"}


def table(
    pins: Pins, resolution: Resolution, missing: Collection[Recipe], layout: Layout
) -> list[str]:
    """Lines: tool, version, origin. ``missing`` are the recipes that are not made yet."""
    todo = {name: recipe for recipe in missing for name in recipe.contents()}
    rows = [("tool", "version", "from")]
    rows += [(tool.name, tool.version, _where(tool, todo)) for tool in resolution.tools]
    for asset in pins.assets:
        recipe = asset.recipe
        where = "to fetch" if recipe in missing else f"cache {keys.folder(recipe, layout)}"
        rows.append((asset.name, recipe.version, where))
    return columns(rows)


def columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def put_in_place(pins: Pins, needed: Pins, resolution: Resolution, layout: Layout) -> None:
    """Links everything into ``.local``, removes stale links, writes `FILE`.

    ``resolution`` is that of ``needed``. What is there for other purposes of ``pins`` stays.
    """
    before, dangling = recorded(layout), _dangling(layout.bin)
    others = pins.tools() - needed.tools() - dangling
    tools = {name: before[name] for name in before if name in others}
    stale = (before.keys() | dangling) - tools.keys() - {tool.name for tool in resolution.tools}
    for tool in resolution.tools:
        beside = tool.origin in {"built", "download"} and tool.name in pins.side_by_side()
        (files.place if beside else files.link)(layout.bin / tool.name, tool.path)
    for name in stale:
        files.unlink(layout.bin / name)
    for asset in needed.assets:
        files.link(layout.local / asset.name, keys.folder(asset.recipe, layout))
    for tool in resolution.tools:
        entry = {"path": str(tool.path), "version": tool.version, "origin": tool.origin}
        tools[tool.name] = entry
    whole = {"key": keys.whole(pins, layout), "tools": dict(sorted(tools.items()))}
    text = json.dumps(whole, indent=2) + "\n"
    path = layout.local / FILE
    if not path.is_file() or path.read_text() != text:
        files.write(path, text)


def recorded(layout: Layout) -> dict[str, dict[str, str]]:
    """The tools of the last run by name, each with path, version and origin; empty before one."""
    path = layout.local / FILE
    try:
        tools: dict[str, dict[str, str]] = json.loads(path.read_text())["tools"]
    except (OSError, ValueError, KeyError):
        return {}
    return tools


def _dangling(folder: Path) -> set[str]:
    if not folder.is_dir():
        return set()
    return {link.name for link in folder.iterdir() if link.is_symlink() and not link.exists()}


def _where(tool: Found, todo: dict[str, Recipe]) -> str:
    if tool.name in todo:
        recipe = todo[tool.name]
        verb = _VERBS.get(type(recipe), "fetch")
        where = f"to {verb}: {recipe.name}, about {recipe.minutes:g} min"
    else:
        where = f"{SAYS[tool.origin]} {tool.path}"
    return f"{where} ({tool.note})" if tool.note else where

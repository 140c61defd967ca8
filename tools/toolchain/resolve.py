"""Decides where each tool comes from: PATH, Pulumi's plugin folder, the cache, or a stand-in."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.toolchain import keys, versions
from tools.toolchain.errors import ToolchainError
from tools.toolchain.model import Bundle, Download, Layout, Pins, Plugin, Recipe
from tools.toolchain.probes import Probes

Origin = Literal["path", "built", "download", "plugin", "stand-in"]
Install = Callable[[Path, Plugin, str], bool]


@dataclass(frozen=True)
class Found:
    """One tool: where it is, or will be once built. ``note``: why it is not the one on PATH."""

    name: str
    path: Path
    version: str
    origin: Origin
    note: str = ""


@dataclass(frozen=True)
class Resolution:
    """All tools, and the recipes that must be in the cache for them."""

    tools: tuple[Found, ...]
    recipes: tuple[Recipe, ...]


class Resolver:
    """Looks at one machine: ``env`` gives PATH, HOME and PULUMI_HOME.

    ``offers`` are the releases to use instead of builds. ``install`` gets the user's own Pulumi
    CLI, a plugin and its version; it returns whether the CLI installed it. With None, no CLI is
    asked.
    """

    def __init__(
        self,
        layout: Layout,
        env: Mapping[str, str],
        probes: Probes,
        install: Install | None,
        offers: Mapping[str, Download] | None = None,
    ) -> None:
        self._layout = layout
        self._env = env
        self._probes = probes
        self._install = install
        self._offers = offers or {}
        self._path = search_path(env.get("PATH", os.defpath), layout)

    def resolve(self, pins: Pins) -> Resolution:
        """Decides for every tool in ``pins``.

        Raises:
            ToolchainError: a stand-in is missing from the checkout.
        """
        tools: list[Found] = []
        recipes: list[Recipe] = []
        for bundle in pins.bundles:
            found, note = self._on_path(bundle)
            if not found:
                offer = self._offers.get(bundle.name)
                chosen = (offer,) if offer else bundle.recipes
                found = [*self._made(chosen, note)]
                recipes += chosen
            tools += found
        own_cli = next((t.path for t in tools if t.name == "pulumi" and t.origin == "path"), None)
        for plugin in pins.plugins:
            provider = self._plugin(plugin, own_cli)
            tools.append(provider)
            if provider.origin == "download":
                recipes.append(self._offers[plugin.binary])
            elif provider.origin == "built" and plugin.recipe:
                recipes.append(plugin.recipe)
        recipes += [asset.recipe for asset in pins.assets]
        return Resolution(tuple(tools), tuple(recipes))

    def _made(self, recipes: tuple[Recipe, ...], note: str) -> Iterator[Found]:
        for recipe in recipes:
            folder = keys.folder(recipe, self._layout)
            origin: Origin = "download" if isinstance(recipe, Download) else "built"
            for name in recipe.contents():
                yield Found(name, folder / name, recipe.version, origin, note)

    def _on_path(self, bundle: Bundle) -> tuple[list[Found], str]:
        """The bundle's tools on PATH; or none, and why those on PATH cannot be used."""
        first = shutil.which(bundle.tools[0], path=self._path)
        if first is None or bundle.supported is None:
            return [], ""
        folder = _together(Path(first), bundle.tools)
        if folder is None:
            return [], f"{first} is there without the rest of its set"
        answers = {tool: self._probes.version(folder / tool, ask) for tool, ask in bundle.asks}
        for tool, version in answers.items():
            if version is None:
                return [], f"{folder / tool} prints no version"
            if version not in bundle.supported:
                return [], f"{folder / tool} is {version}; supported: {bundle.supported}"
        version = next((answer for answer in answers.values() if answer), "")
        optional = [tool for tool in bundle.optional if _runs(folder / tool)]
        return [
            Found(tool, folder / tool, answers.get(tool) or version, "path")
            for tool in (*bundle.tools, *optional)
        ], ""

    def _plugin(self, plugin: Plugin, own_cli: Path | None) -> Found:
        on_path = shutil.which(plugin.binary, path=self._path)
        if on_path:  # the engine prefers it in any case
            version = self._probes.version(Path(on_path), ("-version",))
            return Found(plugin.binary, Path(on_path), version or "unknown", "path")
        wanted = pinned(plugin.package, self._layout)
        installed = self._installed(plugin)
        if wanted not in installed and own_cli and self._could_install(own_cli, plugin, wanted):
            installed = self._installed(plugin)
        usable = sorted(installed, key=versions.parts)
        if usable:
            version = wanted if wanted in installed else usable[-1]
            return Found(plugin.binary, installed[version], version, "plugin")
        recipe = self._offers.get(plugin.binary) or plugin.recipe
        if recipe:
            return next(self._made((recipe,), ""))
        standin = self._layout.standins / plugin.binary
        if not _runs(standin):
            raise ToolchainError(
                f"{standin} is missing: the checkout is incomplete (`git status`)."
            )
        return Found(plugin.binary, standin, wanted, "stand-in")

    def _installed(self, plugin: Plugin) -> dict[str, Path]:
        """The supported versions in Pulumi's plugin folder, each with its executable."""
        home = self._env.get("PULUMI_HOME") or str(Path(self._env.get("HOME", "/")) / ".pulumi")
        prefix = f"resource-{plugin.name}-v"
        found = {}
        for folder in Path(home, "plugins").glob(f"{prefix}*"):
            version = folder.name.removeprefix(prefix)
            released = re.fullmatch(r"\d+(\.\d+)+", version)
            if released and version in plugin.supported and _runs(folder / plugin.binary):
                found[version] = folder / plugin.binary
        return found

    def _could_install(self, own_cli: Path, plugin: Plugin, version: str) -> bool:
        install = self._install
        if install is None:
            return False
        question = f"{own_cli} plugin install resource {plugin.name} {version}"
        answer = self._probes.recall(
            question, lambda: "installed" if install(own_cli, plugin, version) else None
        )
        return answer is not None


def search_path(path: str, layout: Layout) -> str:
    """``path`` without the folders that hold what this project built: the checkout's, the cache."""
    own = [folder.resolve() for folder in (layout.bin, layout.venv / "bin", layout.cache)]
    kept = []
    for entry in path.split(os.pathsep):
        folder = Path(entry)
        if folder.is_absolute() and not any(folder.resolve().is_relative_to(o) for o in own):
            kept.append(entry)
    return os.pathsep.join(kept)


def pinned(package: str, layout: Layout) -> str:
    """The version of ``package`` in the requirements files.

    Raises:
        ToolchainError: none of them pins it.
    """
    for path in keys.requirements(layout):
        found = re.search(rf"^{re.escape(package)}==(\S+)", path.read_text(), re.MULTILINE)
        if found:
            return found.group(1)
    raise ToolchainError(f"requirements.txt does not pin {package}: add `{package}==<version>`.")


def _together(first: Path, tools: tuple[str, ...]) -> Path | None:
    """The folder that holds all of ``tools``: that of ``first``, or of what it is a link to."""
    for folder in (first.parent, first.resolve().parent):
        if all(_runs(folder / tool) for tool in tools):
            return folder
    return None


def _runs(path: Path) -> bool:
    return path.is_file() and os.access(path, os.X_OK)

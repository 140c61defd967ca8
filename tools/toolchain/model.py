"""Shapes of the data in `pins`: a recipe makes a folder in the cache, a bundle is a tool set."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tools.toolchain.versions import Range


@dataclass(frozen=True, kw_only=True)
class GoBuild:
    """Binaries compiled from one Go module folder under ``tools/modules``.

    ``packages`` pairs each binary with its Go package; ``checks`` each with the arguments to call
    it with and what its answer must hold; ``embeds`` names the module and the folder in it whose
    files a ``//go:embed`` of ours takes in. ``reads`` names a module whose folder the binaries read
    when they run: they are built without ``-trimpath``, and anew when that folder has gone.
    ``minutes`` is the time on two cores.
    """

    name: str
    module: str
    version: str
    packages: tuple[tuple[str, str], ...]
    checks: tuple[tuple[str, tuple[str, ...], str], ...]
    ldflags: str = "-s -w"
    embeds: Embeds | None = None
    reads: str = ""
    minutes: float = field(default=1.0, repr=False)  # an estimate is no part of the pins

    def contents(self) -> tuple[str, ...]:
        return tuple(binary for binary, _ in self.packages)


@dataclass(frozen=True)
class Embeds:
    """Files of another module that the build sees in the folder of its main package."""

    module: str
    folder: str
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ModuleFiles:
    """Files copied out of a Go module: paths in it, and whether they get the run bit."""

    name: str
    module: str
    source: str
    version: str
    files: tuple[str, ...]
    executable: bool = False
    minutes: float = field(default=0.2, repr=False)

    def contents(self) -> tuple[str, ...]:
        return tuple(Path(file).name for file in self.files)


@dataclass(frozen=True, kw_only=True)
class Charts:
    """Helm charts of the Linkerd module, made whole as its release scripts would."""

    name: str
    module: str
    source: str
    version: str
    charts: tuple[str, ...]
    partials: str
    minutes: float = field(default=0.2, repr=False)

    def contents(self) -> tuple[str, ...]:
        return tuple(f"{Path(chart).name}/Chart.yaml" for chart in self.charts)


Recipe = GoBuild | ModuleFiles | Charts


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Tools that are used together or not at all: all from one folder on PATH, or all built.

    ``asks`` gives the arguments that make a tool print its version; each that is asked must be
    ``supported``. ``supported`` of None means that what is on PATH is never used.
    ``optional`` tools are taken along where they stand beside the others. ``side_by_side`` tools
    look for each other in the folder that they really stand in, past symbolic links.
    """

    name: str
    tools: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    supported: Range | None = None
    asks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    optional: tuple[str, ...] = ()
    side_by_side: bool = False


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """A Pulumi resource provider, the Python package whose pin it follows, and what stands in.

    Without an official plugin, ``recipe`` is built; where that is None, the launcher of the same
    name under ``tools/standins/bin`` is used.
    """

    name: str
    package: str
    supported: Range
    recipe: Recipe | None = None

    @property
    def binary(self) -> str:
        return f"pulumi-resource-{self.name}"


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A folder of files that is linked as ``.local/<name>``."""

    name: str
    recipe: Recipe


@dataclass(frozen=True, kw_only=True)
class Pins:
    """All of it."""

    bundles: tuple[Bundle, ...]
    plugins: tuple[Plugin, ...]
    assets: tuple[Asset, ...]

    def side_by_side(self) -> frozenset[str]:
        """The tools that have to stand in ``.local/bin`` themselves."""
        bundles = [bundle for bundle in self.bundles if bundle.side_by_side]
        return frozenset(name for bundle in bundles for name in (*bundle.tools, *bundle.optional))

    def recipes(self) -> tuple[Recipe, ...]:
        return (
            *(recipe for bundle in self.bundles for recipe in bundle.recipes),
            *(plugin.recipe for plugin in self.plugins if plugin.recipe),
            *(asset.recipe for asset in self.assets),
        )


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where things are: the checkout, its ``.local``, its virtual environment, and the cache."""

    root: Path
    local: Path
    venv: Path
    cache: Path

    @property
    def bin(self) -> Path:
        return self.local / "bin"

    @property
    def modules(self) -> Path:
        return self.root / "tools" / "modules"

    @property
    def standins(self) -> Path:
        return self.root / "tools" / "standins" / "bin"

    @property
    def logs(self) -> Path:
        return self.cache / "logs"

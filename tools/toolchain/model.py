"""The types of the data in `pins`. A recipe makes a folder in the cache; a bundle is a tool set.

A recipe's `repr` is part of its key (see `keys`). A new or renamed field changes the keys of all
recipes of that class, and so builds them anew, unless it has ``repr=False``.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from tools.toolchain.versions import Range

Purpose = Literal["deploy", "cluster", "quick-tests"]
"""A group of commands: against any cluster, of the local cluster, or the tests without both."""


@dataclass(frozen=True, kw_only=True)
class GoBuild:
    """Binaries compiled from one Go module folder under ``tools/modules``.

    ``packages`` pairs each binary with its Go package. ``checks`` pairs each binary with arguments
    to call it with, and a text that its answer must contain. ``embeds`` names the files of another
    module that a ``//go:embed`` of ours embeds. ``reads`` names a module whose folder the binaries
    read when they run: they are built without ``-trimpath``, and again when that folder is gone.
    ``unoptimized`` are patterns of generated packages that take long to compile and little to run.
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
    unoptimized: tuple[str, ...] = field(default=(), repr=False)  # the binary does the same
    minutes: float = field(default=1.0, repr=False)  # an estimate is no part of the pins

    def contents(self) -> tuple[str, ...]:
        return tuple(binary for binary, _ in self.packages)


@dataclass(frozen=True)
class Embeds:
    """Files of another module that the build finds in the folder of its main package."""

    module: str
    folder: str
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ModuleFiles:
    """Files copied from a Go module: their paths in it, and whether they are made executable."""

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
    """Helm charts of the Linkerd module, completed as its release scripts do it."""

    name: str
    module: str
    source: str
    version: str
    charts: tuple[str, ...]
    partials: str
    minutes: float = field(default=0.2, repr=False)

    def contents(self) -> tuple[str, ...]:
        return tuple(f"{Path(chart).name}/Chart.yaml" for chart in self.charts)


LINUX = ("linux-amd64", "linux-arm64")
MACHINES = (*LINUX, "darwin-arm64")


@dataclass(frozen=True, kw_only=True)
class File:
    """A file of an official release.

    In every text stand ``{version}``, ``{os}``, ``{arch}`` (amd64) and ``{cpu}`` (x64).
    ``contents`` are the paths of tools in the archive, or the name of the one tool that the file
    is. ``checksums`` is the official list of hashes, where there is one.
    """

    url: str
    contents: tuple[str, ...]
    checksums: str = ""


@dataclass(frozen=True, kw_only=True)
class Release:
    """An official release of all tools of a bundle, or of a plugin, at the pinned version."""

    files: tuple[File, ...]
    machines: tuple[str, ...] = MACHINES


@dataclass(frozen=True, kw_only=True)
class Locked:
    """A `File` for one machine: its addresses, any of which will do, and its locked hash.

    ``digest`` is ``sha256:<hex>`` or ``sha512:<hex>``.
    """

    urls: tuple[str, ...] = field(repr=False)
    digest: str
    contents: tuple[str, ...]
    size: int | None = field(default=None, repr=False)

    @property
    def algorithm(self) -> str:
        return self.digest.partition(":")[0]

    @property
    def is_archive(self) -> bool:
        return self.urls[0].endswith(".tar.gz")


@dataclass(frozen=True, kw_only=True)
class Download:
    """An official release, instead of all recipes of a bundle or plugin."""

    name: str
    version: str
    files: tuple[Locked, ...]
    minutes: float = field(default=0.5, repr=False)

    def contents(self) -> tuple[str, ...]:
        return tuple(Path(path).name for file in self.files for path in file.contents)


Recipe = GoBuild | ModuleFiles | Charts | Download


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """Tools that belong together: all from one folder on PATH, or all built.

    ``asks`` pairs tools with the arguments that print their version, which must be ``supported``.
    With ``supported`` None, tools on PATH are never used. ``optional`` tools are used if they are
    beside the others. ``side_by_side`` tools look for each other in their real folder, not in that
    of a symbolic link. ``purposes`` are the commands that need these tools, beside ``make test``.
    """

    name: str
    tools: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    purposes: tuple[Purpose, ...] = ()
    release: Release | None = None
    supported: Range | None = None
    asks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    optional: tuple[str, ...] = ()
    side_by_side: bool = False


@dataclass(frozen=True, kw_only=True)
class Plugin:
    """A Pulumi resource provider of the same version as the Python package ``package``.

    Without an official plugin, ``recipe`` is built; if that is None, the launcher of the same name
    in ``tools/standins/bin`` is used. Every deployment needs the plugins.
    """

    name: str
    package: str
    supported: Range
    recipe: Recipe | None = None
    release: Release | None = None

    @property
    def binary(self) -> str:
        return f"pulumi-resource-{self.name}"


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A folder of files that is linked as ``.local/<name>``."""

    name: str
    recipe: Recipe
    purposes: tuple[Purpose, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Pins:
    """Everything that ``make tools`` provides."""

    bundles: tuple[Bundle, ...]
    plugins: tuple[Plugin, ...]
    assets: tuple[Asset, ...]

    def side_by_side(self) -> frozenset[str]:
        """The tools that must be in ``.local/bin`` themselves, not as symbolic links."""
        bundles = [bundle for bundle in self.bundles if bundle.side_by_side]
        return frozenset(name for bundle in bundles for name in (*bundle.tools, *bundle.optional))

    def tools(self) -> frozenset[str]:
        """The names of all tools and plugins."""
        names = [name for b in self.bundles for name in (*b.tools, *b.optional)]
        return frozenset([*names, *(plugin.binary for plugin in self.plugins)])

    def needed(self, purposes: Collection[str]) -> Pins:
        """Those that the commands of ``purposes`` need."""
        return replace(
            self,
            bundles=tuple(b for b in self.bundles if not {*b.purposes}.isdisjoint(purposes)),
            plugins=self.plugins if "deploy" in purposes else (),
            assets=tuple(a for a in self.assets if not {*a.purposes}.isdisjoint(purposes)),
        )

    def instead_of(self, release: str) -> tuple[Recipe, ...]:
        """What makes the tools of a release that cannot be downloaded."""
        return (
            *(r for bundle in self.bundles if bundle.name == release for r in bundle.recipes),
            *(p.recipe for p in self.plugins if p.binary == release and p.recipe),
        )

    def recipes(self) -> tuple[Recipe, ...]:
        return (
            *(recipe for bundle in self.bundles for recipe in bundle.recipes),
            *(plugin.recipe for plugin in self.plugins if plugin.recipe),
            *(asset.recipe for asset in self.assets),
        )


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The places: the checkout, its ``.local``, its virtual environment, and the shared cache."""

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

"""Calls of the ``go`` command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.toolchain.commands import Commands
from tools.toolchain.errors import ToolchainError
from tools.toolchain.model import Embeds, GoBuild

SOURCE = "source"  # the file that holds the folder of the module that a recipe `reads`

# Settings of the user that would change what is built, or for which machine.
_IGNORED = ("GOFLAGS", "GOOS", "GOARCH", "GOWORK", "GOBIN", "GO111MODULE")

# Without cgo no C compiler is needed. The compiler's own garbage collection takes a quarter of its
# time by default; this costs memory, which `schedule.builders` leaves room for.
_SETTINGS = {"GOWORK": "off", "CGO_ENABLED": "0", "GOGC": "300"}


@dataclass(frozen=True, kw_only=True)
class Go:
    """The ``go`` command in the folder ``module``, whose go.mod and go.sum pin all versions.

    ``env`` is the user's environment; proxy, sum database and toolchain choice stay.
    """

    commands: Commands
    env: Mapping[str, str]
    module: Path
    scratch: Path
    log: Path

    def module_folder(self, source: str) -> Path:
        """The folder of the module ``source`` in Go's module cache; fetches it if need be."""
        answer = self.scratch / "download.json"
        self._run("mod", "download", "-json", source, output=answer)
        try:
            return Path(json.loads(answer.read_text())["Dir"])
        except (ValueError, KeyError) as error:
            raise ToolchainError(f"`go mod download {source}` gave no folder: {error}") from error

    def build(self, recipe: GoBuild, out: Path) -> None:
        """Compiles the binaries of ``recipe`` into ``out``, each under its own name."""
        # Packages that are compiled with equal flags are compiled once for all recipes. The linker
        # drops debug information (-s -w), so the compiler need not write any.
        flags = ["-mod=readonly", "-buildvcs=false", "-gcflags=all=-dwarf=false"]
        flags += [f"-gcflags={pattern}=-N -l -dwarf=false" for pattern in recipe.unoptimized]
        flags += ["-ldflags", recipe.ldflags]
        flags += [] if recipe.reads else ["-trimpath"]
        if recipe.embeds:
            flags += ["-overlay", str(self._overlay(recipe.embeds))]
        for binary, package in recipe.packages:
            self._run("build", *flags, "-o", str(out / binary), package)
        if recipe.reads:
            (out / SOURCE).write_text(str(self.module_folder(recipe.reads)))

    def _run(self, *arguments: str, output: Path | None = None) -> None:
        work = self.scratch / "go"  # Go's work folder goes away with the scratch folder
        work.mkdir(exist_ok=True)
        kept = {name: value for name, value in self.env.items() if name not in _IGNORED}
        env = kept | _SETTINGS | {"GOTMPDIR": str(work)}
        self.commands.run(["go", *arguments], cwd=self.module, env=env, log=self.log, output=output)

    def _overlay(self, embeds: Embeds) -> Path:
        """The file for ``go build -overlay`` that puts the embedded files beside our main.go."""
        folder = self.module_folder(embeds.module) / embeds.folder
        replace = {str(self.module / file): str(folder / file) for file in embeds.files}
        path = self.scratch / "overlay.json"
        path.write_text(json.dumps({"Replace": replace}))
        return path

"""Calls of the ``go`` command."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from tools.toolchain.commands import Commands
from tools.toolchain.errors import ToolchainError
from tools.toolchain.model import Embeds, GoBuild

SOURCE = "source"  # holds the folder of the module that a recipe `reads`

# A setting of the user's that would change what is built, or the place it is built for.
_NOT_OURS = ("GOFLAGS", "GOOS", "GOARCH", "GOWORK", "GOBIN", "GO111MODULE")


def environment(base: Mapping[str, str], scratch: Path) -> dict[str, str]:
    """``base`` without what would change the result. Proxy, sum database and toolchain choice stay.

    Go's work folder goes under ``scratch``, so that it goes away with it.
    """
    work = scratch / "go"
    work.mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in base.items() if name not in _NOT_OURS}
    return kept | {"GOWORK": "off", "GOTMPDIR": str(work)}


def module_folder(commands: Commands, module: Path, source: str, scratch: Path) -> Path:
    """The folder of the module ``source`` in Go's module cache, fetched where it is not there.

    ``module`` is the folder whose go.mod and go.sum name its version and its hash.
    """
    answer = scratch / "download.json"
    commands.run(
        ["go", "mod", "download", "-json", source],
        cwd=module,
        env=environment(commands.env, scratch),
        output=answer,
    )
    try:
        found = json.loads(answer.read_text())["Dir"]
    except (ValueError, KeyError) as error:
        raise ToolchainError(f"`go mod download {source}` gave no folder: {error}") from error
    return Path(found)


def build(commands: Commands, module: Path, recipe: GoBuild, out: Path, scratch: Path) -> None:
    """Compiles the binaries of ``recipe`` into ``out``, each under its own name."""
    flags = ["-mod=readonly", "-buildvcs=false", "-ldflags", recipe.ldflags]
    flags += [] if recipe.reads else ["-trimpath"]
    if recipe.embeds:
        source = module_folder(commands, module, recipe.embeds.module, scratch)
        flags += ["-overlay", str(_overlay(recipe.embeds, module, source, scratch))]
    packages = [package for _, package in recipe.packages]
    target = str(out / recipe.packages[0][0]) if len(packages) == 1 else f"{out}{os.sep}"
    env = environment(commands.env, scratch)
    commands.run(["go", "build", *flags, "-o", target, *packages], cwd=module, env=env)
    if recipe.reads:
        read = module_folder(commands, module, recipe.reads, scratch)
        (out / SOURCE).write_text(str(read))
    if len(packages) > 1:  # go then names each after the folder of its package
        for binary, package in recipe.packages:
            os.rename(out / package.rpartition("/")[2], out / binary)


def _overlay(embeds: Embeds, module: Path, source: Path, scratch: Path) -> Path:
    """The file for ``go build -overlay`` that shows the embedded files beside our main.go."""
    replace = {str(module / file): str(source / embeds.folder / file) for file in embeds.files}
    path = scratch / "overlay.json"
    path.write_text(json.dumps({"Replace": replace}))
    return path

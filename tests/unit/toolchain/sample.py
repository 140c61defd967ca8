"""A tiny checkout with one tool to build, from Go's standard library alone.

``python -m tests.unit.toolchain.sample ROOT VERSION`` makes it, as ``python -m tools.toolchain``
makes the real tools.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from tools.toolchain import cli, environment, keys
from tools.toolchain.model import Bundle, GoBuild, Layout, Pins
from tools.toolchain.versions import Range

PROJECT = Path(__file__).resolve().parents[3]
MAIN = """package main

import "os"

var version = "unset"

func main() { os.Stdout.WriteString("hello version " + version + "\\n") }
"""


def layout(root: Path) -> Layout:
    return Layout(
        root=root / "checkout",
        local=root / "checkout" / ".local",
        venv=root / "checkout" / ".venv",
        cache=root / "cache",
    )


def pins(version: str = "1.2.3") -> Pins:
    recipe = GoBuild(
        name="hello",
        module="hello",
        version=version,
        packages=(("hello", "."),),
        checks=(("hello", (), f"hello version {version}"),),
        ldflags=f"-X main.version={version}",
    )
    bundle = Bundle(
        name="hello",
        tools=("hello",),
        supported=Range("1.2", "1.4"),
        asks=(("hello", ("version",)),),
        recipes=(recipe,),
    )
    return Pins(bundles=(bundle,), plugins=(), assets=())


def write(root: Path) -> Layout:
    """The checkout, with a virtual environment that counts as made."""
    places = layout(root)
    module = places.modules / "hello"
    module.mkdir(parents=True)
    (module / "go.mod").write_text("module example.test/hello\n\ngo 1.25.0\n")
    (module / "go.sum").write_text("")
    (module / "main.go").write_text(MAIN)
    (places.root / "requirements.txt").write_text("")
    (places.root / "requirements-dev.txt").write_text("-r requirements.txt\n")
    (places.venv / "bin").mkdir(parents=True)
    (places.venv / "bin" / "python").symlink_to(sys.executable)
    (places.venv / environment.STAMP).write_text(keys.environment(places))
    return places


def executable(path: Path, body: str) -> Path:
    """A shell script with the run bit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def go_that_first(root: Path, body: str) -> dict[str, str]:
    """An environment where ``go build`` runs ``body`` and then the real ``go``."""
    real = shutil.which("go")
    executable(root / "shim" / "go", f'[ "$1" = build ] && {{ {body}\n}}\nexec {real} "$@"')
    return {**os.environ, "PATH": f"{root / 'shim'}{os.pathsep}{os.environ['PATH']}"}


def made(places: Layout) -> list[str]:
    """Names of what stands in the cache, scratch folders too, without logs and locks."""
    if not places.cache.is_dir():
        return []
    return sorted(p.name for p in places.cache.iterdir() if p.name not in {"logs", "locks"})


if __name__ == "__main__":
    sys.exit(cli.run(pins(sys.argv[2]), layout(Path(sys.argv[1])), os.environ, sys.stdout))

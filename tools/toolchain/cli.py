"""The command: a plan, the making of what is missing, the links."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO

from tools import paths
from tools.toolchain import environment, keys, report, schedule, workshop
from tools.toolchain.children import Children
from tools.toolchain.errors import Cancelled, ToolchainError
from tools.toolchain.model import GoBuild, Layout, Pins, Plugin, Recipe
from tools.toolchain.pins import PINS
from tools.toolchain.probes import Probes
from tools.toolchain.progress import Progress, duration
from tools.toolchain.resolve import Install, Resolution, Resolver

PLUGIN_TIMEOUT = 60.0  # seconds for `pulumi plugin install`
VENV = "Python environment"
VENV_MINUTES = 1.0


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 done, 1 a message was printed, 2 wrong arguments, 130/143 interrupted."""
    options = parser().parse_args(arguments)
    layout = Layout(root=paths.ROOT, local=paths.LOCAL, venv=paths.VENV, cache=paths.cache())
    return run(PINS, layout, os.environ, sys.stdout, options)


def run(
    pins: Pins,
    layout: Layout,
    env: Mapping[str, str],
    out: TextIO,
    options: argparse.Namespace | None = None,
) -> int:
    """`main` for any pins and places."""
    options = options or parser().parse_args([])
    children = Children()
    try:
        signal.signal(signal.SIGTERM, _interrupt)
        if options.key:
            out.write(f"{keys.whole(pins, layout)}\n")
        elif options.list:
            _list(pins, layout, env, out)
        else:
            _make(pins, layout, env, out, children)
    except ToolchainError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error}. {_advice(error)}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Cancelled):
        print("interrupted; `make tools` goes on from here.", file=sys.stderr)
        return 130
    except _Terminated:
        print("terminated; `make tools` goes on from here.", file=sys.stderr)
        return 143
    finally:
        children.stop()
    return 0


class _Terminated(BaseException):
    """SIGTERM arrived."""


def _interrupt(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated


def parser() -> argparse.ArgumentParser:
    """The command line: ``--list``, ``--key``, or nothing."""
    made = argparse.ArgumentParser(
        prog="python3 -m tools.toolchain",
        description="Finds or builds every tool of this project; links them into .local/bin.",
    )
    only = made.add_mutually_exclusive_group()
    only.add_argument("--list", action="store_true", help="show what is resolved, make nothing")
    only.add_argument("--key", action="store_true", help="print one hash over all pins")
    return made


def _list(pins: Pins, layout: Layout, env: Mapping[str, str], out: TextIO) -> None:
    probes = Probes(layout.local / "probes.json", env)
    resolution = Resolver(layout, env, probes, install=None).resolve(pins)
    probes.save()
    out.write("\n".join(report.table(pins, resolution, _missing(resolution, layout), layout)))
    out.write("\n")


def _make(
    pins: Pins, layout: Layout, env: Mapping[str, str], out: TextIO, children: Children
) -> None:
    began = time.monotonic()
    probes = Probes(layout.local / "probes.json", env)
    resolver = Resolver(layout, env, probes, _installer(children, env, out))
    resolution = resolver.resolve(pins)
    probes.save()
    missing = _missing(resolution, layout)
    if missing or not environment.ready(layout):
        out.write("\n".join(report.table(pins, resolution, missing, layout)) + "\n\n")
        out.flush()
        _make_missing(missing, layout, env, out, children)
    report.put_in_place(pins, resolution, layout)
    took = duration(time.monotonic() - began)
    out.write(f"{len(resolution.tools)} tools ready in {layout.bin} ({took})\n")


def _make_missing(
    missing: Sequence[Recipe],
    layout: Layout,
    env: Mapping[str, str],
    out: TextIO,
    children: Children,
) -> None:
    estimates = {_label(recipe): recipe.minutes for recipe in missing}
    if not environment.ready(layout):
        estimates[VENV] = VENV_MINUTES
    progress = Progress(out, estimates, os.cpu_count() or 1)
    maker = workshop.Workshop(layout, children, env, progress.waiting)

    def make(recipe: Recipe) -> schedule.Job:
        label = _label(recipe)
        compiles = isinstance(recipe, GoBuild)
        return schedule.Job(label, recipe.minutes, lambda: maker.make(recipe), compiles)

    jobs = [make(recipe) for recipe in missing]
    if VENV in estimates:

        def make_environment() -> None:
            environment.make(layout, children, env, progress.waiting)

        jobs.append(schedule.Job(VENV, VENV_MINUTES, make_environment, compiles=False))
    layout.cache.mkdir(parents=True, exist_ok=True)
    try:
        schedule.run(jobs, children, progress, schedule.builders())
    finally:
        progress.close()
    progress.say(progress.summary())


def _missing(resolution: Resolution, layout: Layout) -> list[Recipe]:
    return [recipe for recipe in resolution.recipes if not workshop.complete(recipe, layout)]


def _label(recipe: Recipe) -> str:
    """``kube-apiserver & co`` for a recipe that makes many binaries."""
    if not isinstance(recipe, GoBuild):
        return recipe.name
    first, *rest = recipe.contents()
    return f"{first} & co" if rest else first


def _installer(children: Children, env: Mapping[str, str], out: TextIO) -> Install:
    def install(cli: Path, plugin: Plugin, version: str) -> bool:
        out.write(f"asking {cli} to install the {plugin.name} plugin {version}\n")
        out.flush()
        command = [str(cli), "plugin", "install", "resource", plugin.name, version]
        quiet = {**env, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        return children.run(command, cwd=Path("/"), env=quiet, timeout=PLUGIN_TIMEOUT) == 0

    return install


def _advice(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "The disk is full: free some space, then run `make tools` again."
    return "Mend that, then run `make tools` again."

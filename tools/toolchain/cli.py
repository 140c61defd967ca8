"""The command ``make tools``: decides, makes what is missing, puts everything in place."""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn, TextIO, get_args

from tools import live, paths
from tools.toolchain import environment, keys, report, schedule, workshop
from tools.toolchain.commands import Commands
from tools.toolchain.download import Downloader
from tools.toolchain.errors import Cancelled, ToolchainError
from tools.toolchain.model import Download, GoBuild, Layout, Pins, Plugin, Purpose, Recipe
from tools.toolchain.pins import PINS
from tools.toolchain.probes import Probes
from tools.toolchain.resolve import Install, Resolution, Resolver
from tools.toolchain.schedule import Job, Progress
from tools.toolchain.sources import Resolve, choose

PLUGIN_TIMEOUT = 60.0  # seconds for `pulumi plugin install`
VENV = "Python environment"
VENV_MINUTES = 0.3
ENVIRONMENT = "environment"  # the purpose of commands that call no tool


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 done, 1 a message was printed, 2 wrong arguments, 130/143 interrupted."""
    options = parser().parse_args(arguments)
    layout = Layout(root=paths.ROOT, local=paths.LOCAL, venv=paths.VENV, cache=paths.cache())
    return run(PINS, layout, os.environ, sys.stdout, options)


def parser() -> argparse.ArgumentParser:
    """The command line: ``--list`` or ``--key``, and what the tools are for."""
    made = argparse.ArgumentParser(
        prog="python3 -m tools.toolchain",
        description="Finds or builds every tool of this project; links them into .local/bin.",
    )
    only = made.add_mutually_exclusive_group()
    only.add_argument("--list", action="store_true", help="show where each tool comes from")
    only.add_argument("--key", action="store_true", help="print one hash over all pins")
    made.add_argument(
        "--for",
        dest="purposes",
        nargs="+",
        choices=(*get_args(Purpose), ENVIRONMENT),
        help=f"only what these commands need; {ENVIRONMENT}: the {VENV} alone",
    )
    return made


def run(
    pins: Pins,
    layout: Layout,
    env: Mapping[str, str],
    out: TextIO,
    options: argparse.Namespace | None = None,
) -> int:
    """`main` for any pins and places."""
    options = options or parser().parse_args([])
    commands = Commands()
    needed = pins.needed(options.purposes) if options.purposes else pins
    try:
        signal.signal(signal.SIGTERM, _terminate)
        if options.key:
            out.write(f"{keys.whole(pins, layout)}\n")
        elif options.list:
            _list(needed, layout, env, out)
        else:
            _make(pins, needed, layout, env, out, commands)
    except ToolchainError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error}. {_advice(error)}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, Cancelled, _Terminated) as error:
        terminated = isinstance(error, _Terminated)
        word = "terminated" if terminated else "interrupted"
        print(f"{word}; `make tools` continues from here.", file=sys.stderr)
        return 128 + (signal.SIGTERM if terminated else signal.SIGINT)
    finally:
        commands.stop()
    return 0


class _Terminated(BaseException):
    """SIGTERM arrived."""


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated


def _list(pins: Pins, layout: Layout, env: Mapping[str, str], out: TextIO) -> None:
    sources = choose(pins, layout, env)
    resolution = _resolver(layout, env, None, pins)(sources.offers)
    out.write("\n".join(report.table(pins, resolution, sources.missing(resolution), layout)))
    out.write("\n")


def _make(
    pins: Pins,
    needed: Pins,
    layout: Layout,
    env: Mapping[str, str],
    out: TextIO,
    commands: Commands,
) -> None:
    began = time.monotonic()
    sources, downloader = choose(needed, layout, env), Downloader(layout.cache, commands.stopped)
    resolve = _resolver(layout, env, _installer(commands, env, out), needed)
    resolution = sources.resolution(resolve, downloader)
    missing = sources.missing(resolution)
    if missing or not environment.ready(layout):
        progress = Progress(out, os.cpu_count() or 1)
        maker = workshop.Workshop(layout, commands, env, progress.waiting, downloader)
        make = partial(sources.make, pins=pins, maker=maker, say=progress.say)
        _make_missing(missing, make, layout, env, progress, commands)
        resolution = resolve(sources.made())
    report.put_in_place(pins, needed, resolution, layout)
    took = live.duration(time.monotonic() - began)
    if resolution.tools:
        out.write(f"{len(resolution.tools)} tools ready in {layout.bin} ({took})\n")


def _resolver(
    layout: Layout, env: Mapping[str, str], install: Install | None, pins: Pins
) -> Resolve:
    def resolve(offers: Mapping[str, Download]) -> Resolution:
        probes = Probes(layout.local / "probes.json", env)
        return Resolver(layout, env, probes, install, offers).resolve(pins)

    return resolve


def _make_missing(
    missing: Sequence[Recipe],
    make: Callable[[Recipe], None],
    layout: Layout,
    env: Mapping[str, str],
    progress: Progress,
    commands: Commands,
) -> None:
    jobs = [
        Job(_label(one), one.minutes, partial(make, one), isinstance(one, GoBuild))
        for one in missing
    ]
    if not environment.ready(layout):
        venv = partial(environment.make, layout, commands, env, progress.waiting)
        jobs.append(Job(VENV, VENV_MINUTES, venv, compiles=False))
    layout.cache.mkdir(parents=True, exist_ok=True)
    schedule.run(jobs, commands, progress, schedule.builders())


def _label(recipe: Recipe) -> str:
    if not isinstance(recipe, GoBuild):
        return recipe.name
    first, *others = recipe.contents()
    return f"{first} and {len(others)} more" if others else first


def _installer(commands: Commands, env: Mapping[str, str], out: TextIO) -> Install:
    def install(cli: Path, plugin: Plugin, version: str) -> bool:
        out.write(f"asking {cli} to install the {plugin.name} plugin {version}\n")
        out.flush()
        command = [str(cli), "plugin", "install", "resource", plugin.name, version]
        quiet = {**env, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        return commands.code(command, cwd=Path("/"), env=quiet, timeout=PLUGIN_TIMEOUT) == 0

    return install


def _advice(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "The disk is full: free some space, then run `make tools` again."
    return "Fix that, then run `make tools` again."

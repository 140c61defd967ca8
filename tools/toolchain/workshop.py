"""Makes what a recipe describes: in a scratch folder, checked, then renamed into the cache."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tools.toolchain import charts, keys, locks
from tools.toolchain.commands import Commands
from tools.toolchain.download import Downloader
from tools.toolchain.errors import ToolchainError
from tools.toolchain.files import copy_file
from tools.toolchain.golang import SOURCE, Go
from tools.toolchain.model import Charts, Download, GoBuild, Layout, Recipe

CHECK_TIMEOUT = 30.0  # seconds


class Workshop:
    """Makes recipes for one checkout. ``waiting`` is called with a recipe and who makes it now."""

    def __init__(
        self,
        layout: Layout,
        commands: Commands,
        env: Mapping[str, str],
        waiting: Callable[[str, str], None],
        downloader: Downloader,
    ) -> None:
        self._layout = layout
        self._commands = commands
        self._env = env
        self._waiting = waiting
        self._downloader = downloader

    def make(self, recipe: Recipe) -> None:
        """Makes ``recipe`` unless the cache has it, or another process makes it meanwhile.

        Raises:
            ToolchainError: with what failed, the log and what to do.
            Unavailable: ``recipe`` is a `Download` that cannot be had now.
            Cancelled: the run was interrupted.
        """
        target = keys.folder(recipe, self._layout)
        lock = self._layout.cache / "locks" / f"{target.name}.lock"
        stopped = self._commands.stopped
        with locks.hold(lock, stopped, lambda who: self._waiting(recipe.name, who)):
            if complete(recipe, self._layout):
                return
            with _scratch(self._layout.cache, target.name) as scratch:
                self._fill(recipe, scratch)
                if target.exists():  # someone deleted a part of it
                    shutil.rmtree(target)
                os.rename(scratch / "out", target)

    def _fill(self, recipe: Recipe, scratch: Path) -> None:
        out = scratch / "out"
        out.mkdir()
        if isinstance(recipe, Download):
            self._downloader.fill(recipe, out, scratch)
            return
        log = self._layout.logs / f"{recipe.name}.log"
        log.parent.mkdir(exist_ok=True)
        log.unlink(missing_ok=True)
        module = self._layout.modules / recipe.module
        go = Go(commands=self._commands, env=self._env, module=module, scratch=scratch, log=log)
        if isinstance(recipe, GoBuild):
            go.build(recipe, out)
            for binary, arguments, answer in recipe.checks:
                self._check([str(out / binary), *arguments], answer, scratch, log)
        elif isinstance(recipe, Charts):
            charts.make(recipe, go.module_folder(recipe.source), out)
        else:
            source = go.module_folder(recipe.source)
            for file in recipe.files:
                mode = 0o755 if recipe.executable else 0o644
                copy_file(source / file, out / Path(file).name, mode)

    def _check(self, command: list[str], answer: str, scratch: Path, log: Path) -> None:
        """Raises ToolchainError if a tool does not start, or is of another version."""
        output = scratch / "answer"
        output.unlink(missing_ok=True)
        self._commands.code(command, cwd=scratch, env=self._env, log=output, timeout=CHECK_TIMEOUT)
        text = output.read_text(errors="replace")
        if answer not in text:
            call = " ".join([Path(command[0]).name, *command[1:]])
            raise ToolchainError(
                f"The build succeeded, but `{call}` answers {text.strip()[:300]!r}, "
                f"without {answer!r}. The log: {log}"
            )


def complete(recipe: Recipe, layout: Layout) -> bool:
    """Whether the cache has all that ``recipe`` makes, and Go's cache the module that it reads."""
    folder = keys.folder(recipe, layout)
    if isinstance(recipe, GoBuild) and recipe.reads:
        source = folder / SOURCE
        if not (source.is_file() and Path(source.read_text()).is_dir()):
            return False
    return all((folder / name).is_file() for name in recipe.contents())


@contextlib.contextmanager
def _scratch(cache: Path, name: str) -> Iterator[Path]:
    """A folder beside the target, removed at the end. The caller holds the target's lock.

    Thus a folder of the same name is left from a run that was killed, and is removed too.
    """
    prefix = f".{name}-"
    for left in cache.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=cache))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)

"""Makes what a recipe describes: in a scratch folder, checked, then renamed into the cache."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tools.toolchain import charts, golang, keys, locks
from tools.toolchain.children import Children
from tools.toolchain.commands import Commands
from tools.toolchain.errors import ToolchainError
from tools.toolchain.files import copy_file
from tools.toolchain.model import Charts, GoBuild, Layout, ModuleFiles, Recipe

CHECK_TIMEOUT = 30.0  # seconds


class Workshop:
    """Makes recipes for one checkout. ``waiting(name, holder)`` tells who holds a lock."""

    def __init__(
        self,
        layout: Layout,
        children: Children,
        env: Mapping[str, str],
        waiting: Callable[[str, str], None],
    ) -> None:
        self._layout = layout
        self._children = children
        self._env = env
        self._waiting = waiting

    def make(self, recipe: Recipe) -> None:
        """Makes ``recipe`` unless it stands in the cache, or another process makes it meanwhile.

        Raises:
            ToolchainError: with what failed, the log and what to do.
            Cancelled: the run was interrupted.
        """
        target = keys.folder(recipe, self._layout)
        lock = self._layout.cache / "locks" / f"{target.name}.lock"
        with locks.hold(lock, self._stopped, lambda who: self._waiting(recipe.name, who)):
            if complete(recipe, self._layout):
                return
            with _scratch(self._layout.cache, target.name) as scratch:
                self._fill(recipe, scratch)
                if target.exists():  # someone deleted a part of it
                    shutil.rmtree(target)
                os.rename(scratch / "out", target)

    @property
    def _stopped(self) -> threading.Event:
        return self._children.stopped

    def _fill(self, recipe: Recipe, scratch: Path) -> None:
        module = self._layout.modules / recipe.module
        out = scratch / "out"
        out.mkdir()
        commands = Commands(self._children, self._env, self._layout.logs / f"{recipe.name}.log")
        if isinstance(recipe, GoBuild):
            golang.build(commands, module, recipe, out, scratch)
            for binary, arguments, answer in recipe.checks:
                self._check(commands, out / binary, arguments, answer, scratch)
        else:
            source = golang.module_folder(commands, module, recipe.source, scratch)
            _copy(recipe, source, out)

    def _check(
        self, commands: Commands, tool: Path, arguments: tuple[str, ...], answer: str, scratch: Path
    ) -> None:
        """A tool that does not start, or is of another version, never reaches the cache."""
        said = scratch / "answer"
        with said.open("wb") as file:
            self._children.run(
                [str(tool), *arguments],
                cwd=scratch,
                env=commands.env,
                log=file,
                timeout=CHECK_TIMEOUT,
            )
        text = said.read_text(errors="replace")
        if answer not in text:
            raise ToolchainError(
                f"{tool.name} was built, but `{tool.name} {' '.join(arguments)}` answers "
                f"{text.strip()[:300]!r}, without {answer!r}. The log: {commands.log}"
            )


def complete(recipe: Recipe, layout: Layout) -> bool:
    """Whether all that ``recipe`` makes stands in the cache, and the source it reads elsewhere."""
    folder = keys.folder(recipe, layout)
    if isinstance(recipe, GoBuild) and recipe.reads:
        source = folder / golang.SOURCE
        if not (source.is_file() and Path(source.read_text()).is_dir()):
            return False
    return all((folder / name).is_file() for name in recipe.contents())


def _copy(recipe: ModuleFiles | Charts, source: Path, out: Path) -> None:
    if isinstance(recipe, Charts):
        charts.make(recipe, source, out)
        return
    mode = 0o755 if recipe.executable else 0o644
    for file in recipe.files:
        copy_file(source / file, out / Path(file).name, mode)


@contextlib.contextmanager
def _scratch(cache: Path, name: str) -> Iterator[Path]:
    """A folder beside the target that goes away at the end. The caller holds the target's lock.

    So what an earlier, killed run left under the same name belongs to nobody.
    """
    prefix = f".{name}-"
    for left in cache.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=cache))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)

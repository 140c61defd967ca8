"""Copies from Go's module cache, where all is read-only, and files replaced in one step."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from tools.toolchain.errors import ToolchainError


def copy_file(source: Path, target: Path, mode: int = 0o644) -> None:
    """Copies one file, with ``mode`` as its permissions.

    Raises:
        ToolchainError: there is no such file.
    """
    if not source.is_file():
        raise ToolchainError(f"{source} is not there: the module is not what is pinned.")
    shutil.copyfile(source, target)
    target.chmod(mode)


def copy_tree(source: Path, target: Path) -> None:
    """Copies a folder and everything in it; the copy is writable.

    Raises:
        ToolchainError: there is no such folder.
    """
    if not source.is_dir():
        raise ToolchainError(f"{source} is not there: the module is not what is pinned.")
    target.mkdir(parents=True)
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir()
        else:
            copy_file(path, copy)


def write(path: Path, text: str) -> None:
    """Writes a file in one step: a reader sees all of the old one or all of the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text)
    os.replace(draft, path)


def link(path: Path, target: Path) -> None:
    """Replaces ``path`` by a symbolic link to ``target`` in one step.

    Raises:
        ToolchainError: ``path`` is a folder.
    """
    if not (path.is_symlink() and os.readlink(path) == str(target)):
        _replace(path, lambda draft: draft.symlink_to(target))


def place(path: Path, target: Path) -> None:
    """Replaces ``path`` by the file ``target`` itself: a hard link, or a copy across file systems.

    Raises:
        ToolchainError: ``path`` is a folder.
    """

    def make(draft: Path) -> None:
        try:
            os.link(target, draft)
        except OSError:
            shutil.copy2(target, draft)

    if not (path.is_file() and not path.is_symlink() and _same(path, target)):
        _replace(path, make)


def _replace(path: Path, make: Callable[[Path], None]) -> None:
    if path.is_dir() and not path.is_symlink():
        raise ToolchainError(f"{path} is a folder, but a tool belongs there. Move it away.")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    make(draft)
    os.replace(draft, path)


def _same(path: Path, target: Path) -> bool:
    ours, theirs = path.stat(), target.stat()
    same_content = (ours.st_size, ours.st_mtime) == (theirs.st_size, theirs.st_mtime)
    return os.path.samestat(ours, theirs) or same_content


def unlink(path: Path) -> None:
    """Removes ``path`` where it is a link or a file."""
    if path.is_symlink() or path.is_file():
        with contextlib.suppress(FileNotFoundError):
            path.unlink()

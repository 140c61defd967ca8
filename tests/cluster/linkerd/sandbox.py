"""A folder that a program takes for the root of the file system.

Linkerd's webhooks read their certificate and configuration from fixed paths under
``/var/run/linkerd``. With a root of their own they need nothing on this machine outside of it, and
two of them do not meet. Root may change a process's root; anyone else needs a user namespace.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.linkerd.process import program


@dataclass(frozen=True)
class Sandbox:
    """An own root, which holds what was put into it and no more."""

    root: Path

    def write(self, path: str, text: str) -> None:
        """Put a file, readable by its owner only, at an absolute path of the sandbox."""
        file = self._inside(path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")

    def command(self, name: str) -> list[str]:
        """The command that runs a tool of ``make tools`` in the sandbox."""
        binary = Path(program(name)).resolve()
        for path in (binary, *_libraries(binary), *_charts(binary)):
            self._mirror(path)
        enter = (
            ["chroot", str(self.root)]
            if os.geteuid() == 0
            else ["unshare", "--map-root-user", f"--root={self.root}"]
        )
        return [*enter, str(binary)]

    def _mirror(self, path: Path) -> None:
        """Show a file or folder of this machine at the same place in the sandbox."""
        target = self._inside(str(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            shutil.copytree(path, target)
        else:
            shutil.copy(path, target)

    def _inside(self, path: str) -> Path:
        return self.root / path.lstrip("/")


@contextmanager
def sandboxed(root: Path) -> Iterator[Sandbox]:
    """A sandbox in a new folder, which goes away at the end with the keys and programs in it."""
    root.mkdir()
    try:
        yield Sandbox(root=root)
    finally:
        shutil.rmtree(root)


def _libraries(binary: Path) -> list[Path]:
    """The shared libraries that the program is linked with; none if it is static."""
    listing = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=False)
    words = listing.stdout.split() if listing.returncode == 0 else []
    return [Path(word) for word in words if word.startswith("/")]


def _charts(binary: Path) -> list[Path]:
    """The charts from which the injector makes its patch, where the program was built to read them.

    The toolchain notes the module's folder in the file ``source`` beside the program.
    """
    source = binary.with_name("source")
    if not source.exists():
        return []
    return [Path(source.read_text(encoding="utf-8").strip()) / "charts"]

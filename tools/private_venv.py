"""Virtual environments of tools that the project itself must not depend on, under ``.local``."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

from tools import paths


def binaries(name: str) -> Path:
    """The folder with the programs of ``requirements-<name>.txt``.

    They are installed into ``.local/<name>``, anew where the pins are newer. Raises
    CalledProcessError where pip fails.
    """
    folder, requirements = paths.LOCAL / name, paths.ROOT / f"requirements-{name}.txt"
    wanted = requirements.read_text(encoding="utf-8")
    stamp = folder / "requirements.txt"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"Setting up .local/{name} ...", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        options = ["--disable-pip-version-check", "--require-hashes", "-r", str(requirements)]
        subprocess.run([*pip, *options], cwd=paths.ROOT, check=True)
        stamp.write_text(wanted, encoding="utf-8")
    return folder / "bin"

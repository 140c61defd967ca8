"""Virtual environments under ``.local``, for tools that the project must not depend on."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

from tools import paths


def binaries(name: str) -> Path:
    """The folder with the programs of ``requirements-<name>.txt``.

    Installs them into ``.local/<name>``, and again if the pins have changed. Raises
    CalledProcessError if pip fails.
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

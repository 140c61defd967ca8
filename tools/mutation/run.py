"""Runs mutmut on one module of the pack, in a copy of what it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tools import paths
from tools.mutation.targets import tests_of

PACK = Path("policy/linkerd_policies")
WORK = paths.LOCAL / "mutants"

# Of a mutant's time pytest would spend half on collecting garbage for `unraisableexception`.
_SETTINGS = """\
[tool.pytest.ini_options]
pythonpath = ["."]
addopts = "--import-mode=importlib --assert=plain -p no:cacheprovider -p no:unraisableexception"
markers = ["slow: left out"]

[tool.mutmut]
source_paths = ["linkerd_policies"]
only_mutate = ["linkerd_policies/{module}.py"]
pytest_add_cli_args = ["-m", "not slow"]
pytest_add_cli_args_test_selection = [{tests}]
also_copy = ["components"]
use_git_change_detection = false
use_setproctitle = false
"""


class MutmutError(Exception):
    """mutmut could not run: mostly because a test fails without any mutant."""


def run(mutmut: Path, module: str, work: Path = WORK) -> tuple[str, str]:
    """Try every mutant of a module. Returns the file with all of them, and mutmut's results.

    Raises MutmutError, with mutmut's own words, where it gives up.
    """
    _copy(module, work)
    command = [str(mutmut), "run", "--max-children", "1"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        command, cwd=work, env=environment, capture_output=True, text=True, check=False
    )
    mutated = work / "mutants" / "linkerd_policies" / f"{module}.py"
    results = mutated.with_name(f"{mutated.name}.meta")
    if done.returncode or not results.exists():
        raise MutmutError((done.stdout + done.stderr)[-3000:])
    return mutated.read_text(encoding="utf-8"), results.read_text(encoding="utf-8")


def _copy(module: str, work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    for folder in (PACK, Path("tests"), Path("components")):
        shutil.copytree(paths.ROOT / folder, work / folder.name, ignore=_CACHES)
    source = (paths.ROOT / PACK / f"{module}.py").read_text(encoding="utf-8")
    tests = ", ".join(f'"{test}"' for test in tests_of(module, source))
    settings = _SETTINGS.format(module=module, tests=tests)
    (work / "pyproject.toml").write_text(settings, encoding="utf-8")


_CACHES = shutil.ignore_patterns("__pycache__")

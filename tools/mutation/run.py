"""Runs mutmut on one module of the pack, in a copy of what it needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tools import paths
from tools.mutation.targets import tests_of

PACK = Path("policy/linkerd_policies")

# pytest would spend half of a mutant's time on collecting garbage for `unraisableexception`.
_SETTINGS = """\
[tool.pytest.ini_options]
pythonpath = ["."]
addopts = "--import-mode=importlib --assert=plain -p no:cacheprovider -p no:unraisableexception"
markers = ["slow: left out"]

[tool.mutmut]
source_paths = ["linkerd_policies"]
only_mutate = ["linkerd_policies/{module}"]
pytest_add_cli_args = ["-m", "not slow"]
pytest_add_cli_args_test_selection = [{tests}]
also_copy = ["components"]
use_git_change_detection = false
use_setproctitle = false
"""
_RESULT = re.compile(r"^    (?P<name>\S+): (?P<status>.+)$", re.MULTILINE)
_KILLED = ("killed", "timeout")


class MutmutError(Exception):
    """mutmut could not run, mostly because a test fails without any mutant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutmut:
    """The program, and the folder that it works in; each run makes the folder anew."""

    program: Path
    work: Path

    def run(self, module: str) -> dict[str, bool]:
        """Try every mutant of a module. Returns whether each was killed, by its name.

        Raises MutmutError, with the end of mutmut's output, where it fails or leaves a mutant out.
        """
        self._copy(module)
        output = self._call("run", "--max-children", "1")
        found = dict(_RESULT.findall(self._call("results", "--all", "true")))
        if not found or "not checked" in found.values():
            raise MutmutError(output[-3000:])
        return {name: status in _KILLED for name, status in found.items()}

    def show(self, name: str) -> str:
        """What the mutant changes, as a diff."""
        return self._call("show", name)

    def _call(self, *arguments: str) -> str:
        done = subprocess.run(
            [self.program, *arguments],
            cwd=self.work,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise MutmutError((done.stdout + done.stderr)[-3000:])
        return done.stdout

    def _copy(self, module: str) -> None:
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        for folder in (PACK, Path("tests"), Path("components")):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(paths.ROOT / folder, self.work / folder.name, ignore=ignored)
        text = settings(module)
        (self.work / "pyproject.toml").write_text(text, encoding="utf-8")


def source(module: str) -> str:
    """The module's file inside the pack: ``reading/durations.py`` of ``reading.durations``."""
    return f"{module.replace('.', '/')}.py"


def settings(module: str) -> str:
    """The ``pyproject.toml`` with which mutmut changes this module and runs its tests."""
    text = (paths.ROOT / PACK / source(module)).read_text(encoding="utf-8")
    tests = ", ".join(f'"{test}"' for test in tests_of(module, text))
    return _SETTINGS.format(module=source(module), tests=tests)

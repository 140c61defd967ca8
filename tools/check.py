"""``make test``: runs every check, and prints one line for each and the output of those that fail.

``--fast`` leaves out the checks that need the Pulumi engine or a cluster. ``--own-tools`` refuses
to run with another Pulumi CLI and Kubernetes provider than those of the user.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tools import paths

TARGETS = ("__main__.py", "commands", "components", "policy", "tests", "tools")
WORKERS = 2
OWN_TOOLS = ("pulumi", "pulumi-resource-kubernetes")
# The program of `lint-imports`, which has no module to run; `policy` holds a package of its own.
LINT_IMPORTS = (
    "import sys; sys.path.append('policy'); "
    "from importlinter.cli import lint_imports_command; lint_imports_command()"
)
# Without compilers, engines, plugin processes, and sweeps of the program and of the rules.
QUICK = ("-m", "not slow", "--ignore=tests/unit/standins", "--ignore=tests/unit/mesh")
# A file of cluster tests stays in one process: its tests share a cluster. The longest begin.
BY_FILE = ("--dist=loadfile", "--no-loadscope-reorder", "--durations=20")
REPORTS = paths.LOCAL / "checks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One command: arguments of Python. ``counts`` says whether it runs tests, with pytest."""

    name: str
    command: tuple[str, ...]
    counts: bool = False

    @property
    def log(self) -> Path:
        """The file with everything that it prints."""
        return REPORTS / f"{self.name}.log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a check ended, after how many seconds. ``passed`` and ``failed`` count tests."""

    ok: bool
    summary: str
    seconds: float
    passed: int = 0
    failed: int = 0


STATIC = (
    Check(name="ruff", command=("-m", "ruff", "check", *TARGETS)),
    Check(name="format", command=("-m", "ruff", "format", "--check", *TARGETS)),
    Check(name="mypy", command=("-m", "mypy")),
    Check(name="imports", command=("-c", LINT_IMPORTS, "--no-cache", "--no-logo")),
    Check(name="docs", command=("-m", "zensical", "build", "--strict", "--clean")),
)
"""The checks that run nothing of the project; each uses one core."""


def tests(*, fast: bool) -> list[Check]:
    """The checks that run tests, quickest first; each uses every core."""
    quick = QUICK if fast else ()
    found = [_tests("unit", *quick), _tests("policy", *quick)]
    return found if fast else [*found, _tests("cluster", *BY_FILE)]


def _tests(name: str, *options: str) -> Check:
    command = ("-m", "pytest", f"tests/{name}", "-q", "-n", str(WORKERS), *options)
    return Check(name=name, command=command, counts=True)


def run(check: Check) -> Result:
    """Run one check, with its output in its log, and read its result."""
    report = check.log.with_suffix(".xml")
    report.unlink(missing_ok=True)
    extra = [f"--junitxml={report}"] if check.counts else []
    start = time.monotonic()
    with check.log.open("w", encoding="utf-8") as log:
        code = subprocess.run(
            [sys.executable, *check.command, *extra],
            cwd=paths.ROOT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        ).returncode
    seconds = time.monotonic() - start
    if check.counts:
        return _counted(code, report, seconds)
    lines = check.log.read_text(encoding="utf-8").strip().splitlines()
    return Result(ok=code == 0, summary=lines[-1] if lines else "", seconds=seconds)


def _environment() -> dict[str, str]:
    """With Python's cache of bytecode: the tests start hundreds of processes."""
    return {key: v for key, v in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def _counted(code: int, report: Path, seconds: float) -> Result:
    if not report.exists():
        return Result(ok=False, summary="did not run", seconds=seconds)
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None
    total = int(suite.get("tests", 0))
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    skipped = int(suite.get("skipped", 0))
    passed = total - failed - skipped
    summary = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
    # A skipped test hides a missing tool, and without any test nothing is checked.
    ok = code == 0 and not skipped and passed > 0
    return Result(ok=ok, summary=summary, seconds=seconds, passed=passed, failed=failed)


def own_tools(noted: Path) -> tuple[list[str], list[str]]:
    """A line for each of `OWN_TOOLS` with its version and path, and those that are not the user's.

    ``noted`` is the toolchain's list of what is used.
    """
    tools = json.loads(noted.read_text(encoding="utf-8"))["tools"]
    used = [f"{name} {tools[name]['version']}: {tools[name]['path']}" for name in OWN_TOOLS]
    return used, [name for name in OWN_TOOLS if tools[name]["origin"] not in {"path", "plugin"}]


def main(arguments: Sequence[str]) -> int:
    """Run all checks. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="tools.check")
    parser.add_argument("--fast", action="store_true", help="without engine and cluster")
    parser.add_argument("--own-tools", action="store_true", help="only with the user's own Pulumi")
    options = parser.parse_args(arguments)
    if options.own_tools:
        used, ours = own_tools(paths.LOCAL / "toolchain.json")
        print("\n".join(used))
        if ours:
            print(f"error: {', '.join(ours)} not found on PATH; see docs/toolchain.md.")
            return 1
    REPORTS.mkdir(parents=True, exist_ok=True)
    start = time.monotonic()
    results = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for check, future in [(check, pool.submit(run, check)) for check in STATIC]:
            _begin(check)
            results.append(_end(check, future.result()))
    for check in tests(fast=options.fast):
        _begin(check)
        results.append(_end(check, run(check)))
    counts = f"{sum(r.passed for r in results)} passed, {sum(r.failed for r in results)} failed"
    print(f"\n{counts} in {_clock(time.monotonic() - start)}")
    return 0 if all(result.ok for result in results) else 1


def _begin(check: Check) -> None:
    """Print the beginning of the check's line: what is being waited for."""
    print(f"{check.name:8}", end=" ", flush=True)


def _end(check: Check, result: Result) -> Result:
    """Print the rest of the line and, of a check that failed, what it printed."""
    word = "ok" if result.ok else "FAILED"
    print(f"{word:6} {_clock(result.seconds):>7}  {result.summary}", flush=True)
    if not result.ok:
        print(check.log.read_text(encoding="utf-8"))
        again = "One test again: .venv/bin/python -m pytest <file>::<test>" if check.counts else ""
        print(f"Its output is also in {check.log}. {again}\n")
    return result


def _clock(seconds: float) -> str:
    """A time in minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02} min" if minutes else f"{rest} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""``make test``: runs every check, and prints one line for each and the output of those that fail.

``--fast`` leaves out the checks that need the Pulumi engine or a cluster. ``--own-tools`` refuses
to run with another Pulumi CLI and Kubernetes provider than those of the user.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tools import paths

TARGETS = ("__main__.py", "commands", "components", "policy", "tests", "tools")
OWN_TOOLS = ("pulumi", "pulumi-resource-kubernetes")
WORKERS = "2"
# The program of `lint-imports`, which has no module to run; `policy` holds a package of its own.
LINT_IMPORTS = (
    "import sys; sys.path.append('policy'); "
    "from importlinter.cli import lint_imports_command; lint_imports_command()"
)
# Without compilers, engines, plugin processes, and sweeps of the program and of the rules.
QUICK = ("-m", "not slow", "--ignore=tests/unit/standins", "--ignore=tests/unit/mesh")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One command: arguments of Python. ``folder`` is the folder of tests, if it runs tests."""

    name: str
    command: tuple[str, ...]
    folder: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a check ended. ``passed`` and ``failed`` count tests."""

    ok: bool
    summary: str
    output: str
    passed: int = 0
    failed: int = 0


def checks(*, fast: bool) -> list[Check]:
    """The checks, quickest first."""
    quick = QUICK if fast else ()
    found = [
        Check(name="ruff", command=("-m", "ruff", "check", *TARGETS)),
        Check(name="format", command=("-m", "ruff", "format", "--check", *TARGETS)),
        Check(name="mypy", command=("-m", "mypy")),
        Check(name="imports", command=("-c", LINT_IMPORTS, "--no-cache", "--no-logo")),
        _tests("unit", "-n", WORKERS, *quick),
        _tests("policy", "-n", WORKERS, *quick),
    ]
    return found if fast else [*found, _tests("cluster")]


def _tests(name: str, *options: str) -> Check:
    command = ("-m", "pytest", f"tests/{name}", "-q", *options)
    return Check(name=name, command=command, folder=f"tests/{name}")


def run(check: Check) -> Result:
    """Run one check and read its result."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        extra = [f"--junitxml={report}"] if check.folder else []
        process = subprocess.run(
            [sys.executable, *check.command, *extra],
            cwd=paths.ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        output = process.stdout + process.stderr
        if check.folder is None:
            lines = output.strip().splitlines()
            return Result(
                ok=process.returncode == 0, summary=lines[-1] if lines else "", output=output
            )
        return _counted(process.returncode, output, report)


def _counted(code: int, output: str, report: Path) -> Result:
    if not report.exists():
        return Result(ok=False, summary="did not run", output=output)
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None
    total = int(suite.get("tests", 0))
    failed = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    skipped = int(suite.get("skipped", 0))
    passed = total - failed - skipped
    summary = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
    # A skipped test hides a missing tool, and without any test nothing is checked.
    ok = code == 0 and not skipped and passed > 0
    return Result(ok=ok, summary=summary, output=output, passed=passed, failed=failed)


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
    results: list[Result] = []
    for check in checks(fast=options.fast):
        print(f"{check.name:8}", end=" ", flush=True)
        start = time.monotonic()
        result = run(check)
        seconds = time.monotonic() - start
        print(f"{'ok' if result.ok else 'FAILED':6} {seconds:6.1f} s  {result.summary}", flush=True)
        if not result.ok:
            print(result.output)
        results.append(result)
    print(f"\n{sum(r.passed for r in results)} passed, {sum(r.failed for r in results)} failed")
    return 0 if all(result.ok for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""``make lock``, ``make audit``, ``make sbom``: pinned packages, known vulnerabilities, contents.

Their tools are in an environment of their own, ``.local/audit``, which the first call makes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools import paths, private_venv

FILES = (
    "requirements",
    "requirements-dev",
    "requirements-audit",
    "requirements-mutation",
    "policy/requirements",
)
OLDEST_PYTHON = "3.11"
REPORTS = paths.LOCAL / "reports"
GOVULNCHECK = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"


def main(arguments: Sequence[str]) -> int:
    """Run one command. Returns the exit code: 1 if a vulnerability or a stale lock is found."""
    commands = {"lock": lock, "check": check, "audit": audit, "sbom": sbom}
    parser = argparse.ArgumentParser(prog="tools.dependencies")
    parser.add_argument("command", choices=commands)
    return commands[parser.parse_args(arguments).command]()


def lock() -> int:
    """Write every ``requirements*.txt`` anew, with the hash of every file of each package."""
    for name in FILES:
        _compile(name, paths.ROOT)
        print(f"wrote {name}.txt")
    return 0


def check() -> int:
    """Check that no ``requirements*.txt`` is older than its ``.in``."""
    scratch = paths.LOCAL / "lock"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name in FILES:
        for suffix in ("in", "txt"):
            copy = scratch / f"{name}.{suffix}"
            copy.parent.mkdir(exist_ok=True)
            shutil.copy(paths.ROOT / f"{name}.{suffix}", copy)
    for name in FILES:
        _compile(name, scratch)
    stale = [f"{name}.txt" for name in FILES if _text(scratch, name) != _text(paths.ROOT, name)]
    if stale:
        print(f"error: {', '.join(stale)}: run `make lock`.", file=sys.stderr)
    return 1 if stale else 0


def audit() -> int:
    """Look for known vulnerabilities in the Python packages and in the built Go binaries.

    pip-audit asks PyPI's advisory database, govulncheck the Go vulnerability database. If one of
    them cannot be reached, the audit fails.
    """
    failed = 0
    for name in FILES:
        print(f"pip-audit: {name}.txt", flush=True)
        command = [_tool("pip-audit"), "--disable-pip", "--require-hashes", "--strict"]
        failed |= _run([*command, "-r", f"{name}.txt"], check=False)
    for binary in built():
        print(f"govulncheck: {binary.name}", flush=True)
        failed |= _run(["go", "run", GOVULNCHECK, "-mode", "binary", str(binary)], check=False)
    return 1 if failed else 0


def built() -> list[Path]:
    """The binaries that were built from Go modules, without the scripts from there."""
    tools = json.loads((paths.LOCAL / "toolchain.json").read_text(encoding="utf-8"))["tools"]
    files = [Path(tool["path"]) for _, tool in sorted(tools.items()) if tool["origin"] == "built"]
    return [file for file in files if not file.read_bytes().startswith(b"#!")]


def sbom() -> int:
    """Write what is installed: ``.local/reports/sbom.json`` (CycloneDX) and ``licences.md``."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    python, bill = str(paths.VENV / "bin" / "python"), REPORTS / "sbom.json"
    licences = REPORTS / "licences.md"
    _run([_tool("cyclonedx-py"), "environment", "--output-reproducible", "-o", str(bill), python])
    command = [_tool("pip-licenses"), "--python", python, "--format", "markdown", "--with-urls"]
    _run([*command, "--output-file", str(licences)])
    print(f"wrote {bill.relative_to(paths.ROOT)}, {licences.relative_to(paths.ROOT)}")
    return 0


def _compile(name: str, folder: Path) -> None:
    options = ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes"]
    options += ["--no-emit-index-url", "--no-annotate", "--quiet"]
    command = [_tool("uv"), "pip", "compile", *options, f"{name}.in", "-o", f"{name}.txt"]
    _run(command, cwd=folder, extra={"UV_CUSTOM_COMPILE_COMMAND": "make lock"})


def _text(folder: Path, name: str) -> str:
    return (folder / f"{name}.txt").read_text(encoding="utf-8")


def _tool(name: str) -> str:
    """The path of an audit tool."""
    return str(private_venv.binaries("audit") / name)


def _run(
    command: Sequence[str],
    *,
    cwd: Path = paths.ROOT,
    extra: Mapping[str, str] | None = None,
    check: bool = True,
) -> int:
    environment = {**os.environ, **(extra or {})}
    return subprocess.run(command, cwd=cwd, env=environment, check=check).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

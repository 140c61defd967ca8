"""The tests' own imports."""

from __future__ import annotations

import ast
from pathlib import Path

from tools import paths


def imported(file: Path) -> set[str]:
    """The modules that a file imports, absolute as all imports here are."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    found = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def test_no_module_imports_a_test_module() -> None:
    files = sorted((paths.ROOT / "tests").rglob("*.py"))
    modules = {".".join(file.relative_to(paths.ROOT).with_suffix("").parts): file for file in files}
    tests = {name for name in modules if name.rpartition(".")[2].startswith("test_")}
    assert len(tests) > 100
    found = {
        (file.relative_to(paths.ROOT).as_posix(), name)
        for file in files
        for name in imported(file) & tests
    }
    assert found == set()

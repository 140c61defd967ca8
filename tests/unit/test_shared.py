"""The program's copy of the shared modules is the pack's text, and the pack's stand alone."""

from __future__ import annotations

import ast
import sys

import pytest

from tools import paths
from tools.docs import shared

ALLOWED = {*sys.stdlib_module_names, "cryptography"}


@pytest.mark.parametrize(("name", "text"), shared.copies().items())
def test_the_copy_is_up_to_date(name: str, text: str) -> None:
    assert (paths.ROOT / name).read_text(encoding="utf-8") == text, "run `make docs`"


def test_no_copy_is_left_without_a_source() -> None:
    copied = {str(file.relative_to(paths.ROOT)) for file in (paths.ROOT / shared.COPY).glob("*.py")}
    assert copied == set(shared.copies())


@pytest.mark.parametrize("name", [file.name for file in (paths.ROOT / shared.SOURCE).glob("*.py")])
def test_shared_modules_import_nothing_else_of_the_pack(name: str) -> None:
    tree = ast.parse((paths.ROOT / shared.SOURCE / name).read_text(encoding="utf-8"))
    imported = {
        module
        for node in ast.walk(tree)
        for module in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    outside = {module for module in imported if not module.startswith("linkerd_policies.shared")}
    assert {module.partition(".")[0] for module in outside} <= ALLOWED

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.toolchain import sample
from tools.toolchain.prerequisites import go_version, message, missing


def folder(root: Path, **tools: str) -> str:
    for name, body in tools.items():
        sample.executable(root / name, body)
    return str(root)


GOOD = {"go": "echo go version go1.25.3 linux/amd64", "git": ":", "make": ":"}


def test_nothing_is_missing_where_all_is_there(tmp_path: Path) -> None:
    assert missing(folder(tmp_path, **GOOD)) == []


def test_everything_missing_is_named_at_once(tmp_path: Path) -> None:
    lines = missing(folder(tmp_path), python=(3, 6, 15))
    assert [line.split(" (")[0] for line in lines] == [
        "Python 3.11 or later",
        "Go 1.25 or later",
        "git",
        "make",
    ]
    text = message(lines)
    assert "found: 3.6.15" in text
    assert all(f"  - {line}" in text for line in lines)
    assert text.count("Get it: ") == 4


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("echo go version go1.24.9 linux/amd64", "1.24.9"),
        ("echo broken", "none"),
        ("exit 1", "none"),
    ],
)
def test_go_that_is_old_or_broken_is_told_with_what_was_found(
    tmp_path: Path, answer: str, found: str
) -> None:
    (line,) = missing(folder(tmp_path, **{**GOOD, "go": answer}))
    assert line.startswith(f"Go 1.25 or later (found: {found}).")


def test_go_release_candidate_counts_as_its_version(tmp_path: Path) -> None:
    assert go_version(folder(tmp_path, go="echo go version go1.26rc1 linux/amd64")) == (1, 26)


def test_real_go_is_found() -> None:
    version = go_version(os.environ["PATH"])
    assert version is not None
    assert version >= (1, 25)


@pytest.mark.parametrize("name", ["__init__", "__main__", "prerequisites"])
def test_what_an_old_python_reads_parses_on_it(name: str) -> None:
    source = (sample.PROJECT / "tools" / "toolchain" / f"{name}.py").read_text()
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__ import annotations" not in source  # Python 3.7


def test_command_ends_with_the_message_and_no_trace(tmp_path: Path) -> None:
    path = folder(tmp_path, git=":")
    done = subprocess.run(
        [sys.executable, "-m", "tools.toolchain"],
        cwd=sample.PROJECT,
        env={"PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "Go 1.25 or later (found: none)" in done.stderr
    assert "  - make" in done.stderr
    assert "  - git" not in done.stderr
    assert "Traceback" not in done.stderr
    assert shutil.which("go", path=path) is None

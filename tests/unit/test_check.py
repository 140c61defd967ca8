"""What ``make test`` says about a part: how many tests passed, what fails it, and where to look."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import check

PASSES = "def test_a():\n    pass\n"
FAILS = "def test_b():\n    raise AssertionError('wrong')\n"
SKIPS = "import pytest\ndef test_c():\n    pytest.skip('a tool is missing')\n"


def tried(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> check.Result:
    monkeypatch.setattr(check, "REPORTS", folder)
    (folder / "test_it.py").write_text(text)
    command = ("-m", "pytest", str(folder), "-q", "-p", "no:cacheprovider")
    return check.run(check.Check(name="some", command=command, counts=True))


@pytest.mark.parametrize(
    ("text", "ok", "summary"),
    [
        (PASSES, True, "1 passed, 0 failed"),
        (PASSES + FAILS, False, "1 passed, 1 failed"),
        (PASSES + SKIPS, False, "1 passed, 0 failed, 1 skipped"),
        ("", False, "0 passed, 0 failed"),
        ("def broken(:\n", False, "0 passed, 1 failed"),
    ],
)
def test_a_part_passes_if_tests_ran_and_none_failed_or_was_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, ok: bool, summary: str
) -> None:
    result = tried(tmp_path, monkeypatch, text)
    assert (result.ok, result.summary) == (ok, summary)


def test_a_part_that_did_not_run_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "REPORTS", tmp_path)
    result = check.run(check.Check(name="some", command=("-c", "exit(0)"), counts=True))
    assert (result.ok, result.summary) == (False, "did not run")


def test_each_part_is_a_line_and_a_failed_one_shows_its_output_and_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "REPORTS", tmp_path)
    fine = check.Check(name="fine", command=("-c", "print('all well')"))
    bad = check.Check(name="bad", command=("-c", "print('line 3 is wrong'); exit(1)"))
    monkeypatch.setattr(check, "STATIC", (fine, bad))
    monkeypatch.setattr(check, "tests", lambda **_: [])
    assert check.main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"fine +ok +\d+ s  all well", lines[0])
    assert lines[1].split()[:2] == ["bad", "FAILED"]
    assert "line 3 is wrong" in lines[2]
    assert f"Its output is also in {tmp_path / 'bad.log'}" in "\n".join(lines)

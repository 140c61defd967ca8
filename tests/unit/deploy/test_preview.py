"""``make preview`` around the engine: exit codes, files, and an engine that says nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands.__main__ import main
from commands.deploy import summary
from commands.deploy.errors import DeployError
from commands.preview.markdown import LIMIT
from commands.preview.model import Result
from tests.support.recorded_engine import Recorded, run
from tests.unit.preview.recordings import recording

CODES = {"nothing": 0, "canary": 2, "replacement": 1, "mistake": 1, "violation": 3}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


@pytest.mark.parametrize(("name", "code"), CODES.items())
def test_exit_codes(name: str, code: int, log: Path) -> None:
    engine = Recorded(name, code=255 if code in (1, 3) else 0)
    assert run(engine, log, exit_code=True) == code
    # Without the option, a change is a success like any other.
    assert run(engine, log) == (0 if code == 2 else code)


@pytest.mark.parametrize("form", summary.FORMATS)
def test_each_form_goes_to_standard_output(
    form: str, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Recorded("canary"), log, format=form) == 0
    out = capsys.readouterr().out
    assert "canary user-service-v2 10 → 25 %" in out
    if form == "json":
        assert json.loads(out)["result"] == "changes"
    else:
        assert "spec.weight" not in out
        assert ("weight: 100 => 250" in out) == (form == "markdown")
        assert (".local/logs/preview-local.log" in out) == (form == "text")


def test_the_full_diff_is_shown_where_somebody_asks_for_it(
    log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VERBOSE", "1")
    assert run(Recorded("canary"), log) == 0
    assert "weight: 100 => 250" in capsys.readouterr().out


def test_all_three_files_are_written(tmp_path: Path, log: Path) -> None:
    folder = tmp_path / "new" / "folder"
    run(Recorded("deletion"), log, out=folder)
    diff = recording("deletion")[1]
    assert (folder / summary.DIFF_FILE).read_text() == diff
    assert len((folder / summary.MARKDOWN_FILE).read_bytes()) <= LIMIT
    assert json.loads((folder / summary.JSON_FILE).read_text())["stack"] == "local"
    assert len(list(folder.iterdir())) == 3


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path, log: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(DeployError, match=r"cannot be written to .*file: "):
        run(Recorded("canary"), log, out=file)


def test_an_engine_that_recorded_nothing_is_an_error(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(Recorded(None, code=255), log) == 1
    assert "error: unknown flag" in capsys.readouterr().out


@pytest.mark.parametrize("verb", ["preview", "drift"])
def test_the_exit_codes_are_in_the_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([verb, "--help"])
    out = capsys.readouterr().out
    assert summary.EXIT_CODES.strip() in out


@pytest.mark.parametrize("mistake", ["--fromat", "--format=pdf", "--out"])
def test_a_mistyped_option_is_not_taken_for_a_change(
    mistake: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["preview", mistake])
    assert ended.value.code == Result.FAILED.value
    assert mistake.partition("=")[0] in capsys.readouterr().err

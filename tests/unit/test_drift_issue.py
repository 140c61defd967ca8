"""The issue about drift: opened, rewritten, closed, with a stand-in for ``gh``."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from commands import drift_issue

# Writes down each call; an argument is a line. `gh issue list` answers with a file.
GH = """#!/bin/sh
echo "$@" >> calls
case "$*" in *--body-file*) cat > body ;; esac
[ "$1 $2" = "$(cat failing)" ] && { echo "HTTP 403" >&2; exit 1; }
case "$*" in
    "issue list"*) cat issues ;;
    "issue create"*) echo https://github.com/us/shop/issues/8 ;;
esac
"""
RUNNER = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "us/shop",
    "GITHUB_RUN_ID": "42",
}


@dataclass(frozen=True)
class Place:
    folder: Path

    def write(self, result: str) -> None:
        (self.folder / "summary.json").write_text(json.dumps({"stack": "prod", "result": result}))
        (self.folder / "summary.md").write_text("replicas 2 → 7\n")

    def issues(self, *titles: str) -> None:
        listed = [{"number": 5 + at, "title": title} for at, title in enumerate(titles)]
        (self.folder / "issues").write_text(json.dumps(listed))

    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "gh"
    program.write_text(GH)
    program.chmod(0o755)
    tools = {str(Path(found).parent) for name in ("sh", "cat") if (found := shutil.which(name))}
    monkeypatch.setenv("PATH", ":".join([str(program.parent), *sorted(tools)]))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "failing").write_text("")
    made = Place(tmp_path)
    made.issues()
    return made


def test_the_first_drift_opens_an_issue(place: Place) -> None:
    place.write("changes")
    place.issues("Drift of stack prod-eu")
    assert drift_issue.update(place.folder, RUNNER).endswith("/issues/8")
    listed, label, created = place.calls()
    assert listed.startswith("issue list --state open --label drift")
    assert label.startswith("label create drift")
    assert created == "issue create --title Drift of stack prod --label drift --body-file -"
    body = (place.folder / "body").read_text()
    assert body.startswith("replicas 2 → 7\n")
    assert "https://github.com/us/shop/actions/runs/42" in body
    assert "https://github.com/us/shop/blob/HEAD/docs/ci.md#drift" in body


def test_later_drift_rewrites_it(place: Place) -> None:
    place.write("changes")
    place.issues("Drift of stack dev", "Drift of stack prod")
    assert drift_issue.update(place.folder, {}) == "Issue 6 is up to date."
    assert place.calls()[1:] == ["issue edit 6 --body-file -"]
    assert "actions/runs" not in (place.folder / "body").read_text()


def test_no_drift_closes_it(place: Place) -> None:
    place.write("nothing")
    place.issues("Drift of stack prod")
    assert drift_issue.update(place.folder, {}) == "Issue 5 is closed."
    assert place.calls()[1].startswith("issue close 5 --comment")


def test_no_drift_and_no_issue_is_nothing_to_do(place: Place) -> None:
    place.write("nothing")
    assert drift_issue.update(place.folder, {}) == "No drift, and no issue."
    assert len(place.calls()) == 1


def test_a_failed_comparison_says_nothing_about_drift(place: Place) -> None:
    place.write("failed")
    place.issues("Drift of stack prod")
    assert "stays as it is" in drift_issue.update(place.folder, {})
    assert place.calls() == []


def test_mistakes_are_reported(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert drift_issue.main([str(place.folder)]) == 1
    assert "`make drift OUT=<folder>` writes one" in capsys.readouterr().err
    place.write("changes")
    (place.folder / "failing").write_text("issue create")
    assert drift_issue.main([str(place.folder)]) == 1
    assert "`gh issue create` failed: HTTP 403" in capsys.readouterr().err
    (place.folder / "bin" / "gh").unlink()
    assert drift_issue.main([str(place.folder)]) == 1
    assert "There is no `gh` here" in capsys.readouterr().err


def test_the_pages_heading_is_there() -> None:
    from tools import paths

    name, _, heading = drift_issue._DOCS.partition("#")
    assert f"\n## {heading.capitalize()}\n" in (paths.ROOT / name).read_text(encoding="utf-8")

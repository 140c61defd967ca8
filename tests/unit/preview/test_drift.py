"""Drift: what a refresh found, described as in a preview."""

from __future__ import annotations

import io
import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from commands.deploy import drift as drift_verb
from commands.deploy import events
from commands.deploy import summary as files
from commands.deploy.engine import Engine
from commands.preview import as_json, markdown, text
from commands.preview.model import Summary
from commands.preview.reading import read_drift
from commands.preview.summary import summarise

PARENT = "urn:pulumi:prod::shop::platform:x:Platform$kubernetes"


def refreshed(kind: str, name: str, op: str, old: Any, new: Any, path: str) -> list[str]:
    """The two events of one resource's refresh, as lines of the log."""
    urn = f"{PARENT}:{kind}::{name}"
    shared = {"urn": urn, "type": f"kubernetes:{kind}", "old": {"inputs": old, "custom": True}}
    found = {"inputs": new, "custom": True} if new else None
    diff = {path: {"diffKind": "update"}} if path else None
    begun = {"op": "refresh", **shared, "new": {"inputs": old, "custom": True}}
    ended = {"op": op, **shared, "new": found, "detailedDiff": diff}
    return [
        json.dumps({"resourcePreEvent": {"metadata": begun}}),
        json.dumps({"resOutputsEvent": {"metadata": ended}}),
    ]


def deployment(replicas: int) -> dict[str, Any]:
    return {"metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": replicas}}


CHANGED = refreshed(
    "apps/v1:Deployment", "web", "update", deployment(2), deployment(7), "spec.replicas"
)
GONE = refreshed("apps/v1:Deployment", "web", "delete", deployment(2), None, "")
SAME = refreshed("apps/v1:Deployment", "web", "same", deployment(2), deployment(2), "")
FAILED = [json.dumps({"diagnosticEvent": {"severity": "error", "message": "cluster unreachable"}})]


def drift(lines: list[str]) -> Summary:
    return summarise("prod", read_drift(list(events.parse(lines))), kind="drift")


@pytest.mark.parametrize(
    ("lines", "headline", "shown"),
    [
        (CHANGED, "The cluster differs from stack prod: 1 changed, 0 unch", "replicas 2 → 7"),
        (
            GONE,
            "The cluster differs from stack prod: 1 missing, 0 unch",
            "Missing from the cluster",
        ),
        (SAME, "The cluster matches stack prod: 1 unchanged.", ""),
        (FAILED, "The cluster could not be compared with stack prod: ", "cluster unreachable"),
    ],
    ids=["changed", "gone", "same", "failed"],
)
def test_every_form_shows_it(lines: list[str], headline: str, shown: str) -> None:
    summary = drift(lines)
    written = io.StringIO()
    text.show(Console(file=written, width=200), summary, "")
    marked = markdown.render(summary, "", diff_file="`full-diff.txt`")
    assert headline in written.getvalue()
    assert headline in marked
    assert shown.lower() in written.getvalue().lower()
    assert shown in marked
    for form in (written.getvalue(), marked):
        assert "Policies" not in form
        assert "to update" not in form
    assert json.loads(as_json.render(summary))["of"] == "drift"


def test_the_results_are_those_of_a_preview() -> None:
    results = [drift(lines).result.value for lines in (SAME, FAILED, CHANGED, GONE)]
    assert results == [0, 1, 2, 2]


@dataclass
class Refreshing:
    """An engine whose refresh has these events."""

    lines: list[str]
    stack: Any = field(default_factory=lambda: SimpleNamespace(name="prod"))

    def recorded(self, *arguments: str, log: Path) -> subprocess.CompletedProcess[str]:
        assert arguments[:2] == ("refresh", "--preview-only")
        assert not {"--yes", "--policy-pack"} & set(arguments)
        log.write_text("".join(f"{line}\n" for line in self.lines), encoding="utf-8")
        return subprocess.CompletedProcess([], 0, "replicas: 2 => 7\n", "")


def test_the_state_is_compared_and_the_files_are_written(tmp_path: Path) -> None:
    form = files.Form(out=tmp_path / "drift")
    engine = cast(Engine, Refreshing(CHANGED))
    assert drift_verb.compare(engine, form, tmp_path / "log").value == 2
    written = json.loads((tmp_path / "drift" / files.JSON_FILE).read_text())
    assert (written["of"], written["result"], written["stack"]) == ("drift", "changes", "prod")
    assert "replicas 2 → 7" in (tmp_path / "drift" / files.MARKDOWN_FILE).read_text()


def test_a_missing_object_shows_what_is_lost() -> None:
    (change,) = drift(GONE).losses
    assert change.loss is not None
    assert change.loss.text == "its pods (2)"

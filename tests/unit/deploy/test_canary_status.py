"""``make canary-status``: the table, the verdicts, and the exit code."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from rich.console import Console

from commands.__main__ import main
from commands.canary import flagger
from commands.canary import status as canary_status
from commands.canary.verdict import Outcome
from commands.deploy import stack
from commands.deploy.errors import DeployError
from tests.unit.deploy.prometheus_server import SCRAPER, serving, traffic, vector
from tools import paths

VERSIONS = {"image": "example/api:1", "versions": {"v1": {}, "v2": {}}}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    services = {"api": VERSIONS, "web": VERSIONS, "solo": {"image": "example/solo:1"}}
    (tmp_path / "services.yaml").write_text(yaml.safe_dump({"services": services}))
    return tmp_path


def configure(root: Path, canaries: Mapping[str, Any], **linkerd: Any) -> None:
    config = {
        "linkerd-platform:linkerd": {**linkerd, "scraper": SCRAPER},
        "linkerd-platform:canaries": canaries,
    }
    (root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))


def shown(service: str = "") -> tuple[int, str]:
    out = io.StringIO()
    code = canary_status.show(stack.find("dev"), service, Console(file=out, width=140))
    return code, out.getvalue()


def row(text: str, version: str) -> list[str]:
    """The cells of a version's row."""
    (line,) = (line for line in text.splitlines() if f" {version} " in line)
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_each_version_with_its_share_and_the_verdict(root: Path) -> None:
    with serving(traffic(api=(900.0, 0.0), api_v2=(96.2, 3.8))) as server:
        configure(root, {"api": {"weight": 10, "minimumRequests": 50}}, prometheusUrl=server.url)
        code, text = shown()
    stable = ["api", "api", "5m", "900", "90.0 %", "100.00 %", "12 ms", "12 ms", "12 ms", ""]
    assert row(text, "api") == stable
    assert row(text, "api-v2")[3:6] == ["100", "10.0 %", "96.20 %"]
    assert row(text, "api-v2")[-1] == "failing: 96.2 % < 99 %"
    assert code == 4


@pytest.mark.parametrize(
    ("canaries", "service", "expected"),
    [
        ({"api": {"weight": 10}}, "", 0),
        ({"api": {"weight": 10}, "web": {"weight": 10}}, "", 3),
        ({"api": {"weight": 10}, "web": {"weight": 10}}, "api", 0),
        ({"api": {"weight": 10}, "web": {"weight": 0}}, "", 0),
        ({"api": {"weight": 10, "objective": 100}, "web": {"weight": 10}}, "", 4),
    ],
    ids=["ready", "one holds", "one asked", "one idle", "one fails"],
)
def test_the_exit_code_is_that_of_the_worst(
    root: Path, canaries: dict[str, Any], service: str, expected: int
) -> None:
    with serving(traffic(api_v2=(995.0, 5.0))) as server:
        configure(root, canaries, prometheusUrl=server.url)
        assert shown(service)[0] == expected


def test_no_traffic_at_all(root: Path) -> None:
    with serving(lambda _: vector()) as server:
        configure(root, {"api": {"weight": 10}}, prometheusUrl=server.url)
        code, text = shown()
    assert row(text, "api-v2")[3:9] == ["0", "-", "-", "-", "-", "-"]
    assert "hold: too little traffic (0 of 100 requests in 5m)" in text
    assert code == 3


def test_without_a_data_plane_one_line_says_so(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(root, {"api": {"weight": 10}}, unsupported="warn")
    assert shown() == (0, "")
    assert capsys.readouterr().out.count("\n") == 1


def test_errors_instead_of_a_table(root: Path) -> None:
    configure(root, {})
    with pytest.raises(DeployError, match="has no canaries"):
        shown()
    configure(root, {"api": {"weight": 10}}, viz="off")
    with pytest.raises(DeployError, match="Did you mean `api`"):
        shown("apo")
    with pytest.raises(DeployError, match=r"`linkerd\.viz` is off"):
        shown()


def test_an_error_is_a_line_and_exit_code_1(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(root, {"api": {"weight": 110}})
    assert main(["canary-status", "--stack", "dev"]) == 1
    error = capsys.readouterr().err
    assert "canaries.api.weight" in error
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("status", "outcome", "text"),
    [
        (None, Outcome.HOLD, "hold: Flagger has no Canary; run `make up`"),
        ({}, Outcome.HOLD, "hold: Flagger has not looked at the Canary yet"),
        (
            {"phase": "Progressing", "canaryWeight": 20, "failedChecks": 2},
            Outcome.READY,
            "Flagger: Progressing, weight 20 %, 2 failed checks",
        ),
        (
            {"phase": "Succeeded", "canaryWeight": 0},
            Outcome.READY,
            "Flagger: Succeeded, weight 0 %",
        ),
        ({"phase": "Failed"}, Outcome.FAILING, "Flagger: Failed, weight 0 %"),
    ],
    ids=["none", "new", "progressing", "succeeded", "failed"],
)
def test_flaggers_own_status(status: dict[str, Any] | None, outcome: Outcome, text: str) -> None:
    found = flagger.of_status(status)
    assert (found.outcome, found.text) == (outcome, text)

"""``make canary`` and ``make promote`` raise a weight only where the traffic allows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.canary import change as canary
from commands.deploy import stack
from commands.deploy.errors import DeployError
from tests.unit.deploy.prometheus_server import SCRAPER, Answer, Server, serving, traffic
from tools import paths

GOOD, BAD, LITTLE = (995.0, 5.0), (962.0, 38.0), (99.0, 0.0)
Asked = Callable[[str], Answer]


@contextmanager
def deployed(root: Path, answer: Asked, **entry: Any) -> Iterator[Server]:
    """A stack with a canary at 10 %, and its Prometheus."""
    with serving(answer) as server:
        config = {
            "linkerd-platform:linkerd": {"prometheusUrl": server.url, "scraper": SCRAPER},
            "linkerd-platform:canaries": {"api": {"weight": 10, **entry}},
        }
        (root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))
        yield server


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    entry = {"image": "example/api:1", "versions": {"v1": {}, "v2": {}}}
    (tmp_path / "services.yaml").write_text(yaml.safe_dump({"services": {"api": entry}}))
    return tmp_path


def weight(root: Path) -> float:
    config = yaml.safe_load((root / "Pulumi.dev.yaml").read_text())["config"]
    return float(config["linkerd-platform:canaries"]["api"]["weight"])


def change(command: str, wanted: str = "", *, force: bool = False) -> None:
    canary.change(command, stack.find("dev"), "api", wanted, force=force)


def test_a_healthy_canary_gets_more_requests(root: Path) -> None:
    with deployed(root, traffic(api_v2=GOOD)) as server:
        change("canary", "25")
    assert weight(root) == 25
    assert all('dst_deployment="api-v2"' in query for query in server.queries)


def test_a_healthy_canary_is_promoted(root: Path) -> None:
    with deployed(root, traffic(api_v2=GOOD), weight=50):
        change("promote")
    assert weight(root) == 100


@pytest.mark.parametrize(("command", "wanted"), [("canary", "25"), ("promote", "")])
@pytest.mark.parametrize(
    ("measured", "why"),
    [(BAD, r"failing: 96\.2 % < 99 %"), (LITTLE, r"99 of 100 requests in 5m")],
    ids=["bad", "little"],
)
def test_another_canary_keeps_its_weight(
    root: Path, command: str, wanted: str, measured: tuple[float, float], why: str
) -> None:
    with (
        deployed(root, traffic(api_v2=measured), maxStep=90),
        pytest.raises(DeployError, match=rf"(?s){why}.*stays at 10 %.*FORCE=1"),
    ):
        change(command, wanted)
    assert weight(root) == 10


def test_the_canarys_own_settings_decide(root: Path) -> None:
    entry = {"objective": 96, "minimumRequests": 1000, "window": "1h"}
    with deployed(root, traffic(api_v2=BAD), **entry) as server:
        change("canary", "25")
    assert weight(root) == 25
    assert all("[1h]" in query for query in server.queries)


def test_force_prints_the_reasons_against_the_raise(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(root, traffic(api_v2=BAD)):
        change("canary", "25", force=True)
    assert weight(root) == 25
    said = capsys.readouterr().out
    assert "FORCE=1: the weight of api is raised despite this: failing: 96.2 %" in said


@pytest.mark.parametrize("force", [False, True])
def test_a_prometheus_that_does_not_answer(
    root: Path, force: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(root, lambda _: (503, b"down")):
        if force:
            change("canary", "25", force=True)
            assert "HTTP 503" in capsys.readouterr().out
        else:
            with pytest.raises(DeployError, match="HTTP 503"):
                change("canary", "25")
    assert weight(root) == (25 if force else 10)


@pytest.mark.parametrize(
    ("before", "command", "wanted"),
    [(0, "canary", "5"), (0, "canary", "50"), (10, "canary", "10"), (10, "canary", "0")],
)
def test_the_first_requests_and_lower_weights_need_no_query(
    root: Path, before: int, command: str, wanted: str
) -> None:
    with deployed(root, traffic(api_v2=BAD), weight=before) as server:
        change(command, wanted)
    assert not server.queries


def test_without_a_data_plane_the_weight_is_raised_with_a_note(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with deployed(root, traffic(api_v2=BAD)) as server:
        file = root / "Pulumi.dev.yaml"
        document = yaml.safe_load(file.read_text())
        document["config"]["linkerd-platform:linkerd"]["unsupported"] = "warn"
        file.write_text(yaml.safe_dump(document))
        change("canary", "25")
    assert weight(root) == 25
    assert not server.queries
    assert "Success rate not checked: this stack has no data plane." in capsys.readouterr().out

"""A weight is raised step by step, by a command or by hand."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from commands.canary import change, gate
from commands.canary.steps import Raise
from commands.deploy import stack
from commands.deploy.errors import DeployError
from tests.unit.deploy.prometheus_server import SCRAPER, serving, traffic
from tools import paths

GOOD, BAD = (995.0, 5.0), (962.0, 38.0)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    entry = {"image": "example/api:1", "versions": {"v1": {}, "v2": {}}}
    catalogue = {"services": {"api": entry, "web": entry}}
    (tmp_path / "services.yaml").write_text(yaml.safe_dump(catalogue))
    return tmp_path


def configure(root: Path, canaries: Mapping[str, Any], **linkerd: str) -> None:
    config = {
        "linkerd-platform:linkerd": {**linkerd, "scraper": SCRAPER},
        "linkerd-platform:canaries": canaries,
    }
    (root / "Pulumi.dev.yaml").write_text(yaml.safe_dump({"config": config}))


def deploy(
    weights: Mapping[str, float] | None,
    *,
    judged: tuple[Raise, ...] = (),
    measure: bool = True,
    force: bool = False,
) -> None:
    """What `make up` (or with ``measure`` false, `make preview`) asks before the engine runs."""
    outputs = {} if weights is None else {"canaryWeights": weights}
    gate.check_deployed(
        stack.find("dev"), lambda: outputs, judged=judged, measure=measure, force=force
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [(0, 10), (10, 25), (25, 50), (50, 100), (0, 50), (49.5, 99.5), (100, 0), (90, 10)],
)
def test_the_steps_of_a_rollout_pass(root: Path, before: float, after: float) -> None:
    with serving(traffic(api_v2=GOOD)) as server:
        configure(root, {"api": {"weight": after}}, prometheusUrl=server.url)
        deploy({"api": before})
    assert bool(server.queries) == (0 < before < after)


@pytest.mark.parametrize(
    ("before", "entry", "most"),
    [
        (0, {"weight": 50.1}, "50"),
        (10, {"weight": 100}, "60"),
        (49.9, {"weight": 100}, "99.9"),
        (10, {"weight": 31, "maxStep": 20}, "30"),
    ],
)
@pytest.mark.parametrize("measure", [True, False], ids=["up", "preview"])
def test_a_step_that_is_too_large_is_refused_without_a_query(
    root: Path, before: float, entry: dict[str, Any], most: str, measure: bool
) -> None:
    with serving(traffic(api_v2=GOOD)) as server:
        configure(root, {"api": entry}, prometheusUrl=server.url)
        with pytest.raises(DeployError) as refused:
            deploy({"api": before}, measure=measure)
    said = str(refused.value)
    assert "Pulumi.dev.yaml: canaries.api.weight" in said
    assert f"at most {most} now" in said
    assert f"where {before} is deployed" in said
    assert not server.queries


def test_all_steps_that_are_too_large_are_reported_at_once(root: Path) -> None:
    configure(root, {"api": {"weight": 60}, "web": {"weight": 70}})
    with pytest.raises(DeployError, match=r"(?s)2 problems.*canaries\.api.*canaries\.web"):
        deploy({})


def test_a_raise_by_hand_has_to_pass_the_gate_too(root: Path) -> None:
    with serving(traffic(api_v2=BAD)) as server:
        configure(root, {"api": {"weight": 25}}, prometheusUrl=server.url)
        with pytest.raises(DeployError, match=r"(?s)failing: 96\.2 %.*stays at 10 %"):
            deploy({"api": 10})
        asked = len(server.queries)
        deploy({"api": 10}, measure=False)
    assert asked
    assert len(server.queries) == asked


def test_force_takes_every_step(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(traffic(api_v2=BAD)) as server:
        configure(root, {"api": {"weight": 100}}, prometheusUrl=server.url)
        deploy({"api": 10}, force=True)
    said = capsys.readouterr().out
    assert "FORCE=1: canaries.api.weight is 100, where 10 is deployed" in said
    assert "FORCE=1: the weight of api is raised despite this: failing: 96.2 %" in said


@pytest.mark.parametrize(
    ("canaries", "weights"),
    [
        ({"api": {"weight": 100}}, None),
        ({"api": {"weight": 0}}, {}),
        ({"api": {"mode": "automated"}}, {}),
        ({"api": {"weight": 110}, "web": {"weight": 100}}, {}),
    ],
    ids=["nothing is deployed", "no requests", "Flagger's", "the program tells"],
)
def test_only_raises_are_checked(
    root: Path, canaries: dict[str, Any], weights: dict[str, float] | None
) -> None:
    configure(root, canaries)
    deploy(weights)


def test_a_command_checks_a_raise_once(root: Path) -> None:
    with serving(traffic(api_v2=GOOD)) as server:
        configure(root, {"api": {"weight": 10}}, prometheusUrl=server.url)
        judged = change.change("canary", stack.find("dev"), "api", "25")
        asked = len(server.queries)
        deploy({"api": 10}, judged=judged)
        assert len(server.queries) == asked
        assert judged == (Raise(service="api", present=Decimal(10), wanted=Decimal(25)),)
        # The file said 10, but what is deployed is less.
        deploy({"api": 5}, judged=judged)
        assert len(server.queries) > asked


def test_a_command_refuses_a_step_that_is_too_large(root: Path) -> None:
    configure(root, {"api": {"weight": 10}})
    before = (root / "Pulumi.dev.yaml").read_text()
    with pytest.raises(DeployError, match="at most 60 now"):
        change.change("promote", stack.find("dev"), "api")
    assert (root / "Pulumi.dev.yaml").read_text() == before


def test_the_first_requests_of_a_new_canary_are_a_step(root: Path) -> None:
    configure(root, {})
    with pytest.raises(DeployError, match="at most 50 now"):
        change.change("canary", stack.find("dev"), "api", "75")

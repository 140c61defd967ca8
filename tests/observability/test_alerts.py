"""Each alert on made-up samples: it fires, stays quiet, sees first events, survives resets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.observability.alerts import ALERTS
from components.observability.files import RuleFile
from tests.observability.promtool import Samples, firing
from tests.observability.scenarios import EVERY, Scenario, healthy, scenarios
from tests.observability.stacks import rules

SLOW = {"ErrorBudgetBurnsSlowly"}
SERVICES = ("user-service", "flaky-service")
CASES = list(scenarios())


def _cases() -> Iterator[tuple[str, Scenario]]:
    for scenario in CASES:
        yield from ((release, scenario) for release in scenario.releases)


def _short(file: RuleFile) -> RuleFile:
    """The file with the objectives of the services in the scenarios, to save time."""
    kept = [
        group
        for group in file.content["groups"]
        if group["name"] == "alerts"
        or group["name"].startswith(tuple(f"slo-{n}" for n in SERVICES))
    ]
    return RuleFile(name=file.name, content={"groups": kept})


@pytest.fixture(scope="module")
def viz_rules() -> dict[str, list[RuleFile]]:
    return {release: [_short(file) for file in rules(release, "viz")] for release in EVERY}


@pytest.mark.parametrize(
    ("release", "scenario"), list(_cases()), ids=lambda one: getattr(one, "name", one)
)
def test_an_alert_fires_when_it_should(
    release: str, scenario: Scenario, viz_rules: dict[str, list[RuleFile]], tmp_path: Path
) -> None:
    samples = Samples(series={**healthy(release), **scenario.series})
    expected = {60 * minute: names for minute, names in scenario.fires.items()}

    assert expected
    assert firing(viz_rules[release], samples, expected, tmp_path) == ""


def test_every_alert_has_a_scenario() -> None:
    fired = {name for one in CASES for names in one.fires.values() for name in names}

    # The slow one needs days; the recording and its query's shape test it.
    assert {alert.name for alert in ALERTS} - SLOW == fired

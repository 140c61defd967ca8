"""The summaries of the recorded previews, and the page that shows them."""

from __future__ import annotations

import pytest

from commands.preview.model import Result
from tests.cluster.preview_scenarios import SCENARIOS
from tests.unit.preview import page
from tests.unit.preview.recordings import FOLDER, NAMES, forms, recording, summary
from tools import paths

RESULTS = {
    "nothing": Result.NOTHING,
    "mistake": Result.FAILED,
    "replacement": Result.FAILED,
    "violation": Result.REFUSED,
}


@pytest.mark.parametrize("name", NAMES)
def test_the_result_of_a_recorded_preview(name: str) -> None:
    """Its rows are those of the page, below."""
    assert summary(name).result is RESULTS.get(name, Result.CHANGES)


def test_changed_values_of_charts_are_shown_by_their_keys() -> None:
    by_name = {change.subject: change.facts[0].text for change in summary("mesh").changes}
    assert by_name.keys() == {"linkerd-control-plane", "linkerd-viz", "kube-system"}
    assert by_name["linkerd-control-plane"].startswith("values change: controllerReplicas, ")


def test_the_violation_is_shown_with_what_to_do() -> None:
    (violation,) = summary("violation").violations
    assert violation.stops
    assert violation.rule == "linkerd-control-plane-strict-mtls"
    assert "to all-authenticated, cluster-authenticated or deny" in violation.message


@pytest.mark.parametrize("name", NAMES)
def test_every_form_shows_every_row(name: str) -> None:
    found, diff = summary(name), recording(name)[1]
    shown = forms(found, diff)
    for change in found.changes:
        for fact in change.facts:
            for form in ("markdown", "json"):
                plain = shown[form].replace("\\", "")
                assert fact.text in plain
            assert fact.text.split(" ")[0] in shown["text"]
    # The engine's own words for them stay in the full diff.
    for form in ("text", "markdown"):
        assert diff.strip().splitlines()[-1] in shown[form]


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_holds_neither_keys_nor_passwords(name: str) -> None:
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    assert "PRIVATE KEY" not in text
    assert "sk_test" not in text
    assert name in ("nothing", "mistake", "replacement") or '"inputs"' in text


def test_every_scenario_is_recorded_and_shown() -> None:
    assert sorted(SCENARIOS) == NAMES == sorted(page.TITLES)


def test_the_page_is_up_to_date() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.render()


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_still_finds_what_it_changes(name: str) -> None:
    for file, old, new in SCENARIOS[name]:
        assert old in (paths.ROOT / file).read_text(encoding="utf-8")
        assert old != new

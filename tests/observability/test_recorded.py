"""The rules on what real proxies exposed: each alert fires in its phase, and in no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.observability.files import RuleFile
from tests.observability import promtool
from tests.observability.promtool import Samples, firing, recorded
from tests.observability.stacks import COMPONENTS_UP, rules

CANARY = {"CanaryWorse", "ErrorBudgetBurnsSlowly"}
OUTAGE = {"CallsFailFast", "ErrorBudgetBurnsFast"}
DENIED = {"CallerDenied", "ClientWithoutIdentity"}
EXPECTED = {
    # normal: the retries hide that the canary fails
    60: set(),
    90: {"RetriesHideFailures"},
    # canary-fails: callers see the failures, and successes outnumber what is retried
    110: CANARY,
    180: CANARY,
    # breaker: the whole pool is out, and after a minute it is no transient
    200: CANARY | OUTAGE,
    260: CANARY | OUTAGE | {"CircuitBreakerOpen"},
    # denied: the breaker is closed again; the other windows are longer than the phases
    290: CANARY | OUTAGE | DENIED,
    360: CANARY | OUTAGE | DENIED,
    # rolled-back, silence: nobody fails fast any more
    450: CANARY | DENIED | {"ErrorBudgetBurnsFast"},
    530: CANARY | DENIED | {"ErrorBudgetBurnsFast"},
}
BUDGETS = 'group by (sloth_id) (ALERTS{alertname="ErrorBudgetBurnsFast",alertstate="firing"})'


def samples() -> Samples:
    """The recording, with a control plane that answers: that is not in it."""
    found = recorded()
    return Samples(series={**found.series, **COMPONENTS_UP}, interval=found.interval)


def test_each_alert_fires_in_its_phase_and_no_other(tmp_path: Path) -> None:
    assert firing(rules(), samples(), EXPECTED, tmp_path) == ""


def test_the_page_names_the_service_that_fails(tmp_path: Path) -> None:
    expected = {180: set(), 260: {"flaky-service-availability"}}

    found = firing(rules(), samples(), expected, tmp_path, query=BUDGETS, label="sloth_id")

    assert found == ""


def test_viz_pages_as_an_operator_does(tmp_path: Path) -> None:
    days = {"ErrorBudgetBurnsSlowly"}
    expected = {second: set(names) - days for second, names in EXPECTED.items()}

    assert firing(rules(place="viz"), samples(), expected, tmp_path) == ""


@pytest.mark.parametrize(
    "label",
    [
        "classification",
        "client_id",
        "deployment",
        "direction",
        "dst",
        "dst_deployment",
        "endpoint_state",
        "error",
        "inbound_http_authz_deny_total",
        "namespace",
        "outbound_http_balancer_endpoints",
        "outbound_http_errors_total",
        "outbound_http_route_request_statuses_total",
        "parent_name",
        "process_start_time_seconds",
        "response_total",
        "route_actual_response_total",
        "route_response_total",
    ],
)
def test_a_renamed_metric_or_label_is_noticed(label: str, tmp_path: Path) -> None:
    other = samples().renamed(label, f"{label}_of_a_later_release")
    expected = {second: EXPECTED[second] for second in (90, 260, 360)}
    some = [_without_other_services(file) for file in rules()]

    assert firing(some, other, expected, tmp_path) != ""


def _without_other_services(file: RuleFile) -> RuleFile:
    """The file with the objectives that the recording misses, to save time."""
    kept = ("alerts", "slo-user-service-availability", "slo-flaky-service-availability")
    groups = [group for group in file.content["groups"] if group["name"] in kept]
    return RuleFile(name=file.name, content={"groups": groups})


def test_the_shortened_rules_still_find_everything(tmp_path: Path) -> None:
    expected = {second: EXPECTED[second] for second in (90, 260, 360)}
    some = [_without_other_services(file) for file in rules()]

    assert firing(some, samples(), expected, tmp_path) == ""


def test_promtool_finds_nothing_wrong(tmp_path: Path) -> None:
    for release in ("2.14", "2.18", "2.20"):
        for place in ("viz", "operator"):
            assert promtool.check(rules(release, place), tmp_path) == ""

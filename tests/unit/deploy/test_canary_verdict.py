"""When a canary may get more requests: for any traffic, not for a few examples."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.canary.metrics import Traffic
from commands.canary.verdict import Outcome, judge
from components.config.stack.canary import Canary

OBJECTIVES = st.floats(min_value=50, max_value=100)
COUNTS = st.integers(min_value=0, max_value=10**6)


def canary(**changes: object) -> Canary:
    return Canary.model_validate({"weight": 10, **changes})


@given(objective=OBJECTIVES, minimum=st.integers(1, 10**6), good=COUNTS, bad=COUNTS)
def test_ready_only_with_enough_good_traffic(
    objective: float, minimum: int, good: int, bad: int
) -> None:
    traffic = Traffic(requests=good + bad, failures=bad)
    found = judge(canary(objective=objective, minimumRequests=minimum), traffic)
    enough = good + bad >= minimum
    assert (found.outcome is Outcome.HOLD) == (not enough)
    if enough and traffic.success is not None:
        assert (found.outcome is Outcome.READY) == (traffic.success >= objective)


@given(objective=OBJECTIVES, good=COUNTS, bad=COUNTS, more=COUNTS)
def test_more_failures_never_help(objective: float, good: int, bad: int, more: int) -> None:
    one = canary(objective=objective, minimumRequests=1)
    before = judge(one, Traffic(requests=good + bad, failures=bad))
    after = judge(one, Traffic(requests=good + bad + more, failures=bad + more))
    if before.outcome is Outcome.FAILING:
        assert after.outcome is Outcome.FAILING


@given(objective=OBJECTIVES, failures=st.floats(min_value=0, max_value=1000))
def test_a_failing_rate_is_shown_as_less_than_the_objective(
    objective: float, failures: float
) -> None:
    found = judge(canary(objective=objective), Traffic(requests=1000, failures=failures))
    if found.outcome is Outcome.FAILING:
        shown = re.match(r"failing: ([\d.e+-]+) % < ", found.text)
        assert shown is not None
        assert float(shown[1]) < objective


@pytest.mark.parametrize(
    ("requests", "failures", "text"),
    [
        (1000, 38, "failing: 96.2 % < 99 %"),
        (1000, 10, "ready to go on"),
        (99, 0, "hold: too little traffic (99 of 100 requests in 5m)"),
        (0, 0, "hold: too little traffic (0 of 100 requests in 5m)"),
        (100000, 1001, "failing: 98.999 % < 99 %"),
    ],
)
def test_the_text_of_a_verdict(requests: int, failures: int, text: str) -> None:
    assert judge(canary(), Traffic(requests=requests, failures=failures)).text == text


def test_a_canary_without_requests_is_idle() -> None:
    found = judge(canary(weight=Decimal(0)), Traffic())
    assert found.outcome is Outcome.IDLE

"""Reading Prometheus's answers, and refusing other ones."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.canary import metrics
from commands.canary.metrics import MetricsError
from tests.unit.deploy.prometheus_server import traffic, vector

COUNTS = st.floats(min_value=0, max_value=1e9)


def read(answer: Any, *names: str) -> dict[str, metrics.Traffic]:
    return metrics.read(lambda query: answer(query)[1], "shop", names or ("api",), "5m")


def test_requests_failures_and_latency_of_each_version() -> None:
    found = read(traffic(api=(990.0, 10.0), api_v2=(40.0, 10.0)), "api", "api-v2")
    assert (found["api"].requests, found["api"].failures) == (1000, 10)
    assert found["api"].success == 99
    assert found["api-v2"].success == 80
    assert found["api"].latency == {0.5: 12.5, 0.95: 12.5, 0.99: 12.5}


def test_missing_data_is_no_error() -> None:
    found = read(lambda _: vector())
    assert found == {"api": metrics.Traffic(requests=0, failures=0, latency={})}
    assert found["api"].success is None


@pytest.mark.parametrize("text", ["NaN", "+Inf", "-Inf"])
def test_values_that_are_not_finite_are_unknown(text: str) -> None:
    labels = {"deployment": "api", "classification": "success"}
    assert read(lambda _: vector((labels, text)))["api"] == metrics.Traffic()


@given(success=COUNTS, failure=COUNTS)
def test_the_success_rate_is_a_share(success: float, failure: float) -> None:
    found = read(traffic(api=(success, failure)))["api"]
    assert found.requests == success + failure
    if found.success is None:
        assert success + failure == 0
    else:
        assert 0 <= found.success <= 100
        assert found.success == pytest.approx(100 * success / (success + failure), abs=1e-9)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"status": "error", "errorType": "bad_data", "error": "parse error"}, "parse error"),
        ({"status": "success", "data": {"resultType": "scalar", "result": [1, "2"]}}, "not Prom"),
        ({"status": "success", "data": {"resultType": "vector", "result": [{}]}}, "not Prom"),
        ({"items": []}, "not Prometheus"),
        (vector(({}, "many"))[1], "not Prometheus"),
        ([], "not Prometheus"),
    ],
    ids=["refused", "scalar", "empty sample", "other API", "no number", "list"],
)
def test_answers_that_are_not_prometheuss(answer: Any, message: str) -> None:
    with pytest.raises(MetricsError, match=message):
        read(lambda _: (200, answer))


def test_the_queries() -> None:
    selector = (
        '{namespace="shop",deployment=~"api|api-v2",direction="inbound",'
        'route_name!="probe",target_port!="4191"}[5m]'
    )
    assert metrics.requests("shop", ["api", "api-v2"], "5m") == (
        f"sum by (deployment, classification) (increase(response_total{selector}))"
    )
    assert metrics.latency("shop", ["api", "api-v2"], "5m", 0.95) == (
        "histogram_quantile(0.95, "
        f"sum by (deployment, le) (rate(response_latency_ms_bucket{selector})))"
    )

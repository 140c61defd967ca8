"""Reading Prometheus's answers, and refusing other ones."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.canary import metrics
from commands.canary.metrics import MetricsError
from components.linkerd.metrics import Version
from components.traffic import flagger_specs
from tests.unit.deploy.prometheus_server import traffic, vector

COUNTS = st.floats(min_value=0, max_value=1e9)


def read(answer: Any, *names: str) -> dict[str, metrics.Traffic]:
    return metrics.read(lambda query: answer(query)[1], "shop", "api", names or ("api",), "5m")


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
    labels = {"measured": "requests"}
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


VERSION = Version(namespace="shop", service="api", deployment="api-v2", window="5m")
SELECTOR = re.compile(r"([\w:]*)\{([^}]*)\}\[5m\]")


def test_only_requests_of_callers_count_and_neither_probes_nor_scrapes() -> None:
    """Scrapes go to a pod's address: no Service is among their labels."""
    found = SELECTOR.findall(metrics.query(VERSION))
    names = {name for name, _ in found}
    counted = {"request_total", "response_total", "response_latency_ms_bucket"}
    assert names == {
        *counted,
        "inbound_http_authz_deny_total",
        "route_response_total",
        "outbound_http_route_request_statuses_total",
        "outbound_grpc_route_request_statuses_total",
    }
    for name, labels in found:
        if name in counted:
            assert labels.startswith('direction="outbound",dst_namespace="shop",'), name
            assert 'dst_deployment="api-v2",dst_service!=""' in labels, name


def test_whatever_the_callers_saw_as_a_failure_is_one() -> None:
    failures = VERSION.failures()
    for label in (
        'classification="failure"',  # an answer
        'inbound_http_authz_deny_total{namespace="shop",deployment="api-v2",tls="true"}',
        'dst=~"api[.]shop[.]svc[.].*",status_code=""',  # a timeout of a ServiceProfile
        'http_status="",grpc_status="",error!=""',  # a timeout of a route
        'error=~"FAIL_FAST|LOAD_SHED"',  # a circuit breaker
    ):
        assert label in failures
    unanswered = VERSION.requests().split(" + ", 1)[1]
    assert failures.endswith(unanswered)


@pytest.mark.parametrize("window", ["5m", "1h"])
def test_each_sample_is_of_the_window(window: str) -> None:
    queries = metrics.query(replace(VERSION, window=window))
    assert queries.count(f"[{window}]") == queries.count("increase(") + queries.count("rate(")


def test_flagger_asks_the_same() -> None:
    placeholders = {"namespace": "shop", "service": "api", "target": "api-v2", "interval": "5m"}
    asked = flagger_specs.QUERIES[flagger_specs.SUCCESS_RATE]
    for name, value in placeholders.items():
        asked = asked.replace(f"{{{{ {name} }}}}", value)
    failures, requests = VERSION.failures(), VERSION.requests()
    assert asked == f"clamp_min(100 - 100 * ({failures}) / ({requests}), 0)"


def test_more_denials_than_requests_are_no_negative_rate() -> None:
    assert metrics.Traffic(requests=10, failures=11).success == 0

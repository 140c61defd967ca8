"""Rules name only metrics that the proxies and controllers of their release have."""

from __future__ import annotations

import re

import pytest

from tests.observability.promtool import recorded
from tests.observability.stacks import RELEASES, rules

EVERYWHERE = {
    "container_memory_working_set_bytes",
    "inbound_http_authz_deny_total",
    "inbound_http_route_not_found_total",
    "inbound_tcp_authz_deny_total",
    "outbound_http_balancer_endpoints",
    "outbound_http_errors_total",
    "process_start_time_seconds",
    "request_total",
    "response_latency_ms_bucket",
    "response_latency_ms_count",
    "response_total",
    "route_actual_response_total",
    "route_response_latency_ms_bucket",
    "route_response_latency_ms_count",
    "route_response_total",
    "route_retryable_total",
    "up",
}
SINCE_2_18 = {
    "control_identity_cert_expiration_timestamp_seconds",
    "issuer_cert_ttl_seconds",
    "outbound_http_route_backend_response_statuses_total",
    "outbound_http_route_request_duration_seconds_bucket",
    "outbound_http_route_request_duration_seconds_count",
    "outbound_http_route_request_statuses_total",
    "outbound_http_route_retry_overflow_total",
}
METRICS = {
    "2.14": EVERYWHERE | {"identity_cert_expiration_timestamp_seconds"},
    "2.18": EVERYWHERE | SINCE_2_18,
    "2.20": EVERYWHERE | SINCE_2_18,
}
"""Sources: linkerd2-proxy at the versions of the releases (v2.210, v2.294, v2.359), and linkerd2,
pkg/identity/service.go. The kubelet has the memory of containers."""
NOT_RECORDED = {
    "container_memory_working_set_bytes",
    "inbound_http_route_not_found_total",
    "inbound_tcp_authz_deny_total",
    "issuer_cert_ttl_seconds",
    "up",
}
METRIC = re.compile(r"\b(up|[a-z_]+_(?:total|seconds|count|bucket|bytes|endpoints))\b")


def named(release: str) -> set[str]:
    """The metrics that the rules of the release read, without those that they record."""
    text = "\n".join(
        rule["expr"]
        for file in rules(release)
        for group in file.content["groups"]
        for rule in group["rules"]
    )
    return set(METRIC.findall(text))


@pytest.mark.parametrize("release", RELEASES)
def test_the_release_has_every_metric(release: str) -> None:
    assert named(release) - METRICS[release] == set()


def test_every_metric_of_the_newest_release_is_real() -> None:
    families = {name.partition("{")[0] for name in recorded().series}

    assert named("2.20") - families == NOT_RECORDED


def test_the_rules_of_2_18_are_those_of_2_20() -> None:
    assert [file.text for file in rules("2.18")] == [file.text for file in rules("2.20")]


def test_no_rule_matches_on_the_job_which_differs_between_prometheuses() -> None:
    for file in rules():
        assert "job" not in file.text

"""The decisions that need no Pulumi: durations, names, weights, paths, annotations."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from components import names
from components.config import durations, http_scalars, scalars
from components.config.catalogue.model import CircuitBreaker, Route
from components.linkerd import paths
from components.linkerd.releases import DEFAULT, RELEASES, Feature, first_with
from components.plan.weights import TOTAL, weights
from components.traffic import annotations as linkerd_annotations


@pytest.mark.parametrize(
    ("text", "milliseconds", "canonical"),
    [
        ("500ms", 500, "500ms"),
        ("1500ms", 1500, "1500ms"),
        ("2s", 2000, "2s"),
        ("1.5s", 1500, "1500ms"),
        ("1m30s", 90_000, "90s"),
        ("60s", 60_000, "1m"),
        ("24h", 86_400_000, "24h"),
        ("1000us", 1, "1ms"),
        ("1000\u00b5s", 1, "1ms"),
        ("1000\u03bcs", 1, "1ms"),
        (".5s", 500, "500ms"),
    ],
)
def test_durations(text: str, milliseconds: int, canonical: str) -> None:
    assert durations.milliseconds(text) == milliseconds
    assert durations.canonical(text) == canonical


@given(st.integers(min_value=1, max_value=10**9))
def test_canonical_durations_keep_their_length(amount: int) -> None:
    assert durations.milliseconds(durations.canonical(f"{amount}ms")) == amount


@pytest.mark.parametrize(
    "text", ["1d", "", "5", "ms", "1 s", "-1s", "0s", "1ns", "1s2", "0", "\uff11s"]
)
def test_durations_that_go_or_the_annotations_cannot_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|milliseconds"):
        durations.canonical(text)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (scalars.Duration, "1s", "\uff11s"),
        (scalars.Quantity, "10Mi", "\uff110Mi"),
        (scalars.Address, "jaeger:16686", "jaeger:1668\uff16"),
        (scalars.Image, "nginx:1.29", "nginx:1.2\uff19"),
        (http_scalars.RetryCondition, "503", "50\uff13"),
    ],
)
def test_digits_are_ascii(kind: Any, good: str, bad: str) -> None:
    adapter = TypeAdapter(kind)
    assert adapter.validate_python(good) == good
    with pytest.raises(ValidationError):
        adapter.validate_python(bad)


def test_names() -> None:
    assert names.fqdn("a", "b") == "a.b.svc.cluster.local"
    assert names.url_variable("auth-service") == "AUTH_SERVICE_URL"
    assert names.url_variable("user-db") == "USER_DB_SERVICE_URL"
    assert names.workload("a", "v1") == "a"
    assert names.workload("a", "v2") == names.leaf("a", "v2") == "a-v2"
    assert names.slug("POST /api/charge") == "post-api-charge"


@given(st.text(min_size=1))
def test_a_slug_is_a_dns_label_or_nothing(text: str) -> None:
    slug = names.slug("a", text)
    assert names.is_dns_label(slug)


@given(st.decimals(min_value=0, max_value=100, places=1))
def test_weights_add_up_and_keep_the_share(percent: Decimal) -> None:
    share = weights(percent)
    assert share.stable + share.canary == TOTAL
    assert share.canary == percent * 10
    assert share.stable >= 0


def test_paths() -> None:
    assert paths.regex("/api/users") == "/api/users"
    assert paths.regex("/api/users/{id}") == "/api/users/[^/]*"
    assert not paths.has_parameters("/api/users")
    assert paths.has_parameters("/api/users/{id}/orders")


@given(st.from_regex(r"(/[a-zA-Z0-9._~+()-]{1,8}){1,4}", fullmatch=True))
def test_a_literal_path_matches_itself_alone(path: str) -> None:
    assert re.fullmatch(paths.regex(path), path)
    assert not re.fullmatch(paths.regex(path), f"{path}x")


def test_annotations() -> None:
    assert linkerd_annotations.circuit_breaker(None) == {}
    breaker = CircuitBreaker.model_validate({"maxFailures": 3, "minPenalty": "30s"})
    assert linkerd_annotations.circuit_breaker(breaker) == {
        "balancer.linkerd.io/failure-accrual": "consecutive",
        "balancer.linkerd.io/failure-accrual-consecutive-max-failures": "3",
        "balancer.linkerd.io/failure-accrual-consecutive-min-penalty": "30s",
        "balancer.linkerd.io/failure-accrual-consecutive-max-penalty": "1m",
    }
    assert linkerd_annotations.route(Route(method="GET", path="/")) == {}


def test_every_feature_has_a_first_release_and_the_default_has_all() -> None:
    for feature in Feature:
        assert feature in first_with(feature).features
        assert feature in RELEASES[DEFAULT].features

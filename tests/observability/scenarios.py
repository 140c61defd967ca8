"""For each alert: samples on which it fires, and similar ones on which it must not.

Minutes of a healthy stack come first in each. Times are in minutes; a sample is taken every minute.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from tests.observability.stacks import COMPONENTS_UP, loaded

NS = 'namespace="microservices"'
POD = f'{NS},pod="user-service-1",deployment="user-service"'
SERVED = f'{POD},direction="inbound",target_port="8080",route_name="default",tls="true"'
DST = 'direction="outbound",dst="user-service.microservices.svc.cluster.local:8080"'
CALLER = f'{NS},pod="api-gateway-1",deployment="api-gateway"'
FLAKY = (
    'parent_kind="Service",parent_namespace="microservices",parent_name="flaky-service",'
    'route_name="flaky-service-get-api-data"'
)
TO_V1, TO_V2 = (
    f'{CALLER},direction="outbound",dst_namespace="microservices",dst_deployment="{name}"'
    for name in ("user-service", "user-service-v2")
)
DENY = "inbound_http_authz_deny_total"
KNOWN = f'{POD},srv_name="user-service",tls="true",client_id="frontend.microservices"'
UNKNOWN = f'{POD},srv_name="user-service",tls="no_identity",no_tls_reason="no_tls_from_remote"'
EVERY = ("2.14", "2.20")
"""The rules of 2.18 are those of 2.20."""
MODERN = ("2.20",)
LEAF = {"2.14": "identity_cert_expiration_timestamp_seconds"}
MEMORY = "container_memory_working_set_bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Series, without those of a healthy stack, and the alerts that fire at each minute."""

    name: str
    series: Mapping[str, str]
    fires: Mapping[int, frozenset[str]] = field(default_factory=dict)
    releases: tuple[str, ...] = EVERY


@cache
def healthy(release: str) -> dict[str, str]:
    """A control plane, and a proxy of each workload with a fresh certificate, for five hours."""
    leaf = LEAF.get(release, "control_identity_cert_expiration_timestamp_seconds")
    found = dict(COMPONENTS_UP)
    for name, service in loaded(release).catalogue.services.items():
        kind = "deployment" if service.storage is None else "statefulset"
        labels = f'{{{NS},pod="{name}-1",{kind}="{name}"}}'
        found[f"process_start_time_seconds{labels}"] = "-100000+0x300"
        found[f"{leaf}{labels}"] = "86400+60x300"
    return found


def _fires(name: str, *minutes: int, quiet: tuple[int, ...] = ()) -> Mapping[int, frozenset[str]]:
    nothing: frozenset[str] = frozenset()
    return {**{at: frozenset({name}) for at in minutes}, **{at: nothing for at in quiet}}


def _quiet(*minutes: int) -> Mapping[int, frozenset[str]]:
    return _fires("", quiet=minutes)


def scenarios() -> Iterator[Scenario]:
    """All of them."""
    yield Scenario(name="healthy", series={}, fires=_quiet(1, 10, 90))
    yield from _budgets()
    yield from _denials()
    yield from _callers()
    yield from _canaries()
    yield from _mesh()
    yield from _traffic()


def _profile(good: str, bad: str, family: str = "route_response_total") -> dict[str, str]:
    return {
        f'{family}{{{DST},{CALLER},classification="success",status_code="200"}}': good,
        f'{family}{{{DST},{CALLER},classification="failure",status_code="500"}}': bad,
    }


def _latency(slow: int, fast: int, suffix: str = "") -> dict[str, str]:
    family = "route_response_latency_ms"
    return {
        f'{family}_bucket{{{DST},{CALLER},le="500{suffix}"}}': f"0+{fast}x300",
        f"{family}_count{{{DST},{CALLER}}}": f"0+{slow + fast}x300",
    }


def _budgets() -> Iterator[Scenario]:
    fast = "ErrorBudgetBurnsFast"
    yield Scenario(
        name="half of the requests fail",
        series=_profile("0+10x300", "0+10x300"),
        fires=_fires(fast, 60, 200),
    )
    yield Scenario(
        name="failures within the budget",
        series=_profile("0+1000x300", "0+5x300"),
        fires=_quiet(60, 200),
    )
    yield Scenario(
        name="the first failures after a good hour",
        series=_profile("0+100x300", "_x90 100+100x200"),
        fires=_fires(fast, 110, quiet=(80,)),
    )
    yield Scenario(
        name="the counters begin again",
        series=_profile("0+100x100 0+100x190", "0+0x300"),
        fires=_quiet(99, 101, 103, 200),
    )
    yield Scenario(
        name="every request fails, but there are two an hour",
        series=_profile("0+0x300", "0 0+0x28 1+0x28 2+0x28 3+0x28 4+0x28"),
        fires=_quiet(60, 120),
    )
    yield Scenario(
        name="failures ended, and no traffic since",
        series=_profile("0+10x60 600+0x240", "0+10x60 600+0x240"),
        fires=_fires(fast, 60, quiet=(95,)),
    )
    yield Scenario(
        name="requests are slow", series=_latency(slow=10, fast=10), fires=_fires(fast, 60)
    )
    yield Scenario(
        name="requests are slow, as Prometheus 3 writes it",
        series=_latency(slow=10, fast=10, suffix=".0"),
        fires=_fires(fast, 60),
    )
    yield Scenario(
        name="requests are fast", series=_latency(slow=0, fast=100), fires=_quiet(60, 200)
    )
    family = "outbound_http_route_request_statuses_total"
    yield Scenario(
        name="requests of an HTTPRoute time out, which gives them no status",
        series={
            f'{family}{{{FLAKY},http_status="200",error=""}}': "0+10x300",
            f'{family}{{{FLAKY},http_status="",error="REQUEST_TIMEOUT"}}': "0+10x300",
        },
        fires=_fires(fast, 60),
        releases=MODERN,
    )
    yield Scenario(
        name="callers cancel their requests",
        series={
            f'{family}{{{FLAKY},http_status="200",error=""}}': "0+10x300",
            f'{family}{{{FLAKY},http_status="",error="CANCEL"}}': "0+10x300",
        },
        fires=_quiet(60),
        releases=MODERN,
    )
    yield Scenario(
        name="requests to an HTTPRoute fail",
        series={
            f'response_total{{direction="outbound",dst_namespace="microservices",'
            f'dst_service="flaky-service",classification="{found}"}}': "0+10x300"
            for found in ("success", "failure")
        },
        fires=_fires(fast, 60),
        releases=("2.14",),
    )


def _denials() -> Iterator[Scenario]:
    for name, labels in (("CallerDenied", KNOWN), ("ClientWithoutIdentity", UNKNOWN)):
        for family in (DENY, "inbound_tcp_authz_deny_total"):
            yield Scenario(
                name=f"{name}: the first one, by {family}",
                series={f"{family}{{{labels}}}": "_x30 1+0x100"},
                fires=_fires(name, 31, quiet=(29, 40)),
            )
        yield Scenario(
            name=f"{name}: one more",
            series={f"{DENY}{{{labels}}}": "3+0x30 4+0x100"},
            fires=_fires(name, 33, quiet=(29, 45)),
        )
        yield Scenario(
            name=f"{name}: old ones, which Prometheus reads as it starts",
            series={f"{DENY}{{{labels}}}": "7+0x100"},
            fires=_quiet(0, 1, 3, 10),
        )
        yield Scenario(
            name=f"{name}: the counter begins again",
            series={f"{DENY}{{{labels}}}": "7+0x30 0+0x100"},
            fires=_quiet(29, 31, 33),
        )
    yield Scenario(
        name="a service other than the gateway lets in a client without identity",
        series={
            f'response_total{{{SERVED},no_tls_reason="no_tls_from_remote"}}'.replace(
                'tls="true"', 'tls="no_identity"'
            ): "0+1x100"
        },
        fires=_fires("ClientWithoutIdentity", 30),
    )
    yield Scenario(
        name="the gateway does, which it is for",
        series={
            f'response_total{{{SERVED},no_tls_reason="no_tls_from_remote"}}'.replace(
                'tls="true"', 'tls="no_identity"'
            ).replace("user-service", "api-gateway"): "0+1x100"
        },
        fires=_quiet(30),
    )


def _callers() -> Iterator[Scenario]:
    endpoints = (
        f'outbound_http_balancer_endpoints{{{CALLER},endpoint_state="pending",{FLAKY},'
        'backend_name="flaky-service"}'
    )
    yield Scenario(
        name="a breaker is open",
        series={endpoints: "0+0x30 1+0x10 0+0x60"},
        fires=_fires("CircuitBreakerOpen", 35, quiet=(29, 31, 45)),
    )
    yield Scenario(
        name="an endpoint pends for a moment",
        series={endpoints: "0+0x30 1 0+0x60"},
        fires=_quiet(30, 31, 32),
    )
    errors = "outbound_http_errors_total"
    yield Scenario(
        name="callers fail fast",
        series={f'{errors}{{{CALLER},error="failfast"}}': "0+0x30 1+1x60"},
        fires=_fires("CallsFailFast", 40, quiet=(29,)),
    )
    yield Scenario(
        name="other errors of callers",
        series={f'{errors}{{{CALLER},error="i/o"}}': "0+0x30 1+1x60"},
        fires=_quiet(29, 40),
    )
    skipped = f'route_retryable_total{{{DST},{CALLER},skipped="no_budget"}}'
    yield Scenario(
        name="the retry budget is used up",
        series={skipped: "0+0x30 5+0x60"},
        fires=_fires("RetriesRefused", 32, quiet=(29, 45)),
    )
    yield Scenario(
        name="retries of an HTTPRoute overflow",
        series={f"outbound_http_route_retry_overflow_total{{{CALLER},{FLAKY}}}": "0+0x30 5+0x60"},
        fires=_fires("RetriesRefused", 32, quiet=(29, 45)),
        releases=MODERN,
    )
    good = _profile("0+20x300", "0+0x300")
    yield Scenario(
        name="retries hide failures",
        series={**good, **_profile("0+20x300", "0+5x300", "route_actual_response_total")},
        fires=_fires("RetriesHideFailures", 30),
    )
    yield Scenario(
        name="no retries are needed",
        series={**good, **_profile("0+20x300", "0+0x300", "route_actual_response_total")},
        fires=_quiet(30),
    )


def _canaries() -> Iterator[Scenario]:
    def answers(labels: str, good: str, bad: str) -> dict[str, str]:
        return {
            f'response_total{{{labels},classification="success"}}': good,
            f'response_total{{{labels},classification="failure"}}': bad,
        }

    stable = answers(TO_V1, "0+90x300", "0+0x300")
    yield Scenario(
        name="the canary fails",
        series={**stable, **answers(TO_V2, "0+5x300", "0+5x300")},
        fires=_fires("CanaryWorse", 30),
    )
    yield Scenario(
        name="the canary fails, but has few requests",
        series={**stable, **answers(TO_V2, "0+1x300", "0+1x300")},
        fires=_quiet(30),
    )
    yield Scenario(
        name="both versions fail alike",
        series={
            **answers(TO_V1, "0+90x300", "0+90x300"),
            **answers(TO_V2, "0+10x300", "0+10x300"),
        },
        fires=_quiet(30),
    )
    yield Scenario(
        name="the canary gets nothing",
        series=stable,
        fires=_quiet(30),
    )
    yield Scenario(
        name="neither version gets requests",
        series={**answers(TO_V1, "5+0x300", "0+0x300"), **answers(TO_V2, "5+0x300", "0+0x300")},
        fires=_quiet(30),
    )


def _mesh() -> Iterator[Scenario]:
    labels = f'{{{NS},pod="user-service-2",deployment="user-service"}}'
    leaf = "control_identity_cert_expiration_timestamp_seconds"
    for release, family in (("2.14", LEAF["2.14"]), ("2.20", leaf)):
        yield Scenario(
            name=f"a proxy does not renew its certificate, on {release}",
            series={f"{family}{labels}": "18000+0x300"},
            fires=_fires("ProxyCertificateEnds", 80, quiet=(50,)),
            releases=(release,),
        )
        yield Scenario(
            name=f"a proxy has no certificate yet, on {release}",
            series={f"{family}{labels}": "0+0x300"},
            fires=_quiet(30),
            releases=(release,),
        )
    yield Scenario(
        name="the issuer ends",
        series={"issuer_cert_ttl_seconds": "2595000-60x300"},
        fires=_fires("IssuerCertificateEnds", 100, quiet=(10,)),
        releases=MODERN,
    )
    yield Scenario(
        name="the injector is down",
        series={'up{component="proxy-injector"}': "1+0x30 0+0x60"},
        fires=_fires("ControlPlaneDown", 40, quiet=(29, 31)),
    )
    yield Scenario(
        name="one of two pods of destination is down",
        series={'up{component="destination",instance="2"}': "0+0x90"},
        fires=_quiet(40),
    )
    pod = f'{NS},pod="user-service-9"'
    yield Scenario(
        name="a pod runs without a proxy",
        series={f'{MEMORY}{{{pod},container="user-service"}}': "1+0x90"},
        fires=_fires("PodWithoutProxy", 30),
    )
    yield Scenario(
        name="a pod runs with a proxy",
        series={
            f'{MEMORY}{{{pod},container="{name}"}}': "1+0x90"
            for name in ("user-service", "linkerd-proxy")
        },
        fires=_quiet(30),
    )


def _traffic() -> Iterator[Scenario]:
    served = f"request_total{{{SERVED}}}"
    yield Scenario(
        name="the traffic stops, and the series stay",
        series={served: "0+10x100 1000+0x200"},
        fires=_fires("TrafficStopped", 115, quiet=(99, 105)),
    )
    yield Scenario(
        name="the traffic stops, and the series end",
        series={served: "0+10x100 1000+0x9 stale"},
        fires=_fires("TrafficStopped", 115, quiet=(99, 105)),
    )
    yield Scenario(
        name="there never was traffic",
        series={served: "0+0x300"},
        fires=_quiet(90, 200),
    )
    yield Scenario(
        name="probes are no traffic",
        series={served.replace('"default"', '"probe"'): "0+10x100 1000+0x200"},
        fires=_quiet(99, 115),
    )
    yield Scenario(
        name="a canary is rolled back",
        series={served.replace('="user-service"', '="user-service-v2"'): "0+10x100 1000+0x200"},
        fires=_quiet(99, 115),
    )
    yield Scenario(
        name="Prometheus no longer reads a service",
        series={
            f'process_start_time_seconds{{{NS},pod="user-service-1",deployment="user-service"}}': (
                "1+0x30 stale"
            )
        },
        fires=_fires("MetricsMissing", 40, quiet=(29, 33)),
    )

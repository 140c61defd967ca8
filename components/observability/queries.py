"""What Linkerd's proxies count, as queries: one place for alerts, objectives and canaries.

A query takes the ``namespace`` of the services, the names of ``deployments`` and a ``window`` such
as ``5m``. Metrics differ between releases; :func:`has_route_metrics` decides.

Sources: https://linkerd.io/2-edge/reference/proxy-metrics/, and for the labels linkerd2-proxy,
linkerd/app/core/src/metrics.rs and linkerd/app/outbound/src/http/logical/policy/route/metrics.rs
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from components.config.catalogue.containers import Protocol
from components.linkerd.releases import Feature, Release
from components.observability.promql import (
    bound,
    equal,
    increase,
    one_of,
    or_zero,
    rate,
    selector,
)

ADMIN_PORT = "4191"
TRAFFIC = f'direction="inbound",route_name!="probe",target_port!="{ADMIN_PORT}"'
"""The labels of the requests that a pod answered, without probes and scrapes.

The proxy answers the kubelet's probes on its route ``probe``, and Prometheus on its admin port.
Proxies of every release have the label ``target_port``; ``srv_port`` is missing in 2.14's, where a
comparison by ``!=`` would match everything.
"""
GRPC_FAILURES = ("UNKNOWN", "DEADLINE_EXCEEDED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS")
"""The statuses that are a server's fault."""


def has_route_metrics(release: Release) -> bool:
    """Whether proxies count what callers see of HTTPRoutes: those of the release 2.18 and later."""
    return Feature.GATEWAY_HTTP_ROUTE in release.features


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """A set of requests: selectors of all of them, of those that failed, and of their latencies.

    ``unit`` is what one second is in the bounds of ``buckets``.
    """

    total: str
    failures: Sequence[str]
    counted: str
    buckets: Sequence[str]
    unit: int

    def errors(self, window: str, floor: int) -> str:
        """The share of failures; nothing below ``floor`` requests in the window."""
        failed = " + ".join(or_zero(rate(series, window)) for series in self.failures)
        return f"({failed}) / {_enough(self.total, window, floor)}"

    def slow(self, window: str, floor: int, milliseconds: int) -> str:
        """The share of requests slower than a bound; nothing below ``floor`` requests."""
        metric, *matchers = self.buckets
        within = selector(metric, *matchers, bound(_number(milliseconds * self.unit / 1000)))
        return f"1 - {or_zero(rate(within, window))} / {_enough(self.counted, window, floor)}"


def _number(value: float) -> str:
    return f"{value:g}" if value < 1000 else str(round(value))


def _enough(series: str, window: str, floor: int) -> str:
    return f"({rate(series, window)} and {increase(series, window)} >= {floor})"


def of_profile(destination: str, route: str | None = None, *, tries: bool = False) -> Requests:
    """The requests to a Service with a ServiceProfile, as its callers in the mesh see them.

    ``destination`` is the Service's full name and port. By default each request counts once, after
    all its retries. With ``tries``, each try counts.
    """
    family = "route_actual_response" if tries else "route_response"
    matchers = ['direction="outbound"', equal("dst", destination)]
    if route is not None:
        matchers.append(equal("rt_route", route))
    return _responses(f"{family}_total", "route_response_latency_ms", matchers)


def of_deployments(
    namespace: str, deployments: Collection[str], *, by_callers: bool = False
) -> Requests:
    """The requests that these Deployments answered, by their own proxies or by their callers'.

    What never reached a pod, such as a timeout, is in the callers' count only.
    """
    if by_callers:
        matchers = [
            'direction="outbound"',
            equal("dst_namespace", namespace),
            one_of("dst_deployment", deployments),
        ]
    else:
        matchers = [equal("namespace", namespace), one_of("deployment", deployments), TRAFFIC]
    return _responses("response_total", "response_latency_ms", matchers)


def of_services(namespace: str, services: Collection[str]) -> Requests:
    """The tries that callers sent to these Services: all that proxies before 2.18 count of routes.

    Without timeouts and requests that failed fast.
    """
    matchers = [
        'direction="outbound"',
        equal("dst_namespace", namespace),
        one_of("dst_service", services),
    ]
    return _responses("response_total", "response_latency_ms", matchers)


def _responses(metric: str, latency: str, matchers: Sequence[str]) -> Requests:
    failed = 'classification="failure"'
    return Requests(
        total=selector(metric, *matchers),
        failures=[selector(metric, *matchers, failed)],
        counted=selector(f"{latency}_count", *matchers),
        buckets=[f"{latency}_bucket", *matchers],
        unit=1000,
    )


def of_routes(
    namespace: str,
    service: str,
    route: str | None = None,
    *,
    protocol: Protocol = "http",
    tries: bool = False,
) -> Requests:
    """The requests to a Service with HTTPRoutes or GRPCRoutes, as its callers see them.

    ``route`` is the name of one route. A timeout has no status but an ``error``. A request that its
    caller cancelled is no failure.
    """
    kind = "grpc" if protocol == "grpc" else "http"
    family = f"outbound_{kind}_route_{'backend_response' if tries else 'request'}"
    matchers = [
        'parent_kind="Service"',
        equal("parent_namespace", namespace),
        equal("parent_name", service),
    ]
    if route is not None:
        matchers.append(equal("route_name", route))
    statuses = f"{family}_statuses_total"
    bad = "|".join(GRPC_FAILURES) if kind == "grpc" else "5.."
    return Requests(
        total=selector(statuses, *matchers),
        failures=[
            selector(statuses, *matchers, f'{kind}_status=~"{bad}"'),
            selector(statuses, *matchers, f'{kind}_status!~"{bad}"', 'error!~"|CANCEL"'),
        ],
        counted=selector(f"{family}_duration_seconds_count", *matchers),
        buckets=[f"{family}_duration_seconds_bucket", *matchers],
        unit=1,
    )

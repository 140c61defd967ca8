"""When each alert fires: one function for each, from the :class:`Scope` to queries.

There are no queries where the stack has nothing that the alert is about, or its release does not
have the metrics. No query matches on ``job``, whose value differs between viz and an operator.
Grouping by ``statefulset`` changes nothing for Deployments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from components.linkerd.shared import limits
from components.names import workload
from components.observability import queries
from components.observability.promql import either, equal, none_of, one_of, selector
from components.observability.queries import TRAFFIC
from components.observability.scope import Scope

SHORT, LONG, MINIMUM = "5m", "10m", 50
"""The windows of the queries, and the fewest requests that a ratio is made of."""
HIDDEN = 0.05
"""The share of tries that fail, beyond that of requests, from which retries hide a fault."""
MARGIN = 0.01
"""How much worse than the stable version a canary may be."""
LEAF_HOURS = 4
"""A proxy renews its certificate of 24 hours after 70 % of them, so 7 hours before its end.

Source: linkerd2-proxy, linkerd/proxy/identity-client/src/certify.rs
"""
WHOSE = "by (namespace, deployment, statefulset)"


@dataclass(frozen=True, slots=True)
class Condition:
    """When an alert fires: its query, and labels besides those of the query's answer."""

    query: str
    labels: Mapping[str, str] = field(default_factory=dict)


def first_events(metric: str, scope: Scope, grouping: str, *matchers: str) -> str:
    """The series of a counter that rose within 5 minutes, or that are new.

    A counter is born at 1, so an increase never shows its first event. A series is new only where
    Prometheus already watched the pod, or where the pod itself is new: otherwise Prometheus started
    a moment ago, and every series is new to it.
    """
    series = selector(metric, equal("namespace", scope.namespace), *matchers)
    watched = selector("process_start_time_seconds", equal("namespace", scope.namespace))
    seconds = 300
    return either(
        [
            f"sum {grouping} (increase({series}[{SHORT}])) > 0",
            f"sum {grouping} (({series} unless {series} offset {SHORT}) and on (namespace, pod) "
            f"({watched} offset {SHORT} or {watched} > time() - {seconds})) > 0",
        ]
    )


DENIALS = (
    "inbound_http_authz_deny_total",
    "inbound_tcp_authz_deny_total",
    "inbound_http_route_not_found_total",
)


def denied_callers(scope: Scope) -> Iterator[Condition]:
    """Refused requests and connections of clients with a mesh identity."""
    grouping = "by (namespace, deployment, statefulset, srv_name, client_id)"
    known = 'client_id!=""'
    yield Condition(either([first_events(metric, scope, grouping, known) for metric in DENIALS]))


def clients_without_identity(scope: Scope) -> Iterator[Condition]:
    """Requests without mTLS that were refused, or that a pod other than the gateway accepted."""
    grouping = "by (namespace, deployment, statefulset, srv_name, no_tls_reason)"
    unknown = ('client_id=""', 'no_tls_reason!="loopback"')
    served = selector(
        "response_total",
        equal("namespace", scope.namespace),
        'tls!="true"',
        'no_tls_reason!="loopback"',
        none_of("deployment", scope.deployments(scope.gateway)),
        TRAFFIC,
    )
    accepted = f"sum {grouping} (rate({served}[{SHORT}])) > 0"
    refused = [first_events(metric, scope, grouping, *unknown) for metric in DENIALS]
    yield Condition(either([*refused, accepted]))


def tripped_breakers(scope: Scope) -> Iterator[Condition]:
    """Endpoints of a service with a circuit breaker that get no requests."""
    guarded = [name for name, service in scope.http() if service.circuit_breaker]
    if not guarded:
        return
    pending = selector(
        "outbound_http_balancer_endpoints",
        'endpoint_state="pending"',
        equal("parent_namespace", scope.namespace),
        one_of("parent_name", guarded),
    )
    yield Condition(f"max by (namespace, deployment, parent_name, backend_name) ({pending}) > 0")


def failing_fast(scope: Scope) -> Iterator[Condition]:
    """Requests that a proxy answers itself, since no endpoint of their destination is available.

    The times of a balancer's gate do not tell: a gate that was shut stays so until the next
    request, however healthy its endpoints are.
    """
    errors = selector(
        "outbound_http_errors_total",
        equal("namespace", scope.namespace),
        'error=~"failfast|loadshed"',
    )
    yield Condition(f"sum by (namespace, deployment, error) (rate({errors}[2m])) > 0")


def refused_retries(scope: Scope) -> Iterator[Condition]:
    """Retries that the budget, or the limit of a route's retries in flight, did not allow."""
    styles = {service.style for _, service in scope.http()}
    if "profile" in styles:
        skipped = selector(
            "route_retryable_total",
            equal("namespace", scope.namespace),
            'direction="outbound"',
            'skipped="no_budget"',
        )
        refused = f"sum by (namespace, deployment, dst) (increase({skipped}[{SHORT}])) > 0"
        yield Condition(refused, {"style": "profile"})
    if "route" in styles and scope.has_route_metrics:
        overflow = selector(
            "outbound_http_route_retry_overflow_total",
            equal("parent_namespace", scope.namespace),
        )
        grouping = "by (namespace, deployment, parent_name, route_name)"
        refused = f"sum {grouping} (increase({overflow}[{SHORT}])) > 0"
        yield Condition(refused, {"style": "route"})


def hidden_failures(scope: Scope) -> Iterator[Condition]:
    """Services whose callers succeed, but only by retries."""
    for name, _ in scope.http():
        tries = scope.tries(name)
        if tries is not None and _is_retried(scope, name):
            seen = _called(scope, name).errors(SHORT, MINIMUM)
            hidden = f"({tries.errors(SHORT, MINIMUM)}) - ({seen}) > {HIDDEN}"
            yield Condition(hidden, {"service": name})


def _is_retried(scope: Scope, name: str) -> bool:
    return any(route.retryable or route.retry for route in scope.services[name].routes)


def _called(scope: Scope, name: str) -> queries.Requests:
    """The requests of callers in the mesh: only they retry."""
    service = scope.services[name]
    if service.style == "profile":
        return queries.of_profile(scope.destination(name))
    return queries.of_routes(scope.namespace, name, protocol=service.protocol)


def worse_canaries(scope: Scope) -> Iterator[Condition]:
    """New versions that fail more often than the stable ones."""
    for name, canary in scope.canaries.items():
        new, stable = (
            _of_version(scope, name, one).errors(LONG, MINIMUM)
            for one in (canary.new, canary.stable)
        )
        yield Condition(f"({new}) > ({stable}) + {MARGIN}", {"service": name})


def _of_version(scope: Scope, name: str, deployment: str) -> queries.Requests:
    """The requests to one version of a canary, where the callers of the service see them."""
    by_callers = scope.has_meshed_callers(name)
    return queries.of_deployments(scope.namespace, [deployment], by_callers=by_callers)


def ending_leaves(scope: Scope) -> Iterator[Condition]:
    """Proxies that have not renewed their certificate."""
    family = (
        "control_identity_cert_expiration_timestamp_seconds"
        if scope.has_route_metrics
        else "identity_cert_expiration_timestamp_seconds"
    )
    ends = selector(family, equal("namespace", scope.namespace))
    # It is zero until the proxy has its first certificate.
    yield Condition(f"min {WHOSE} ({ends} > 0) - time() < {LEAF_HOURS} * 3600")


def ending_issuer(scope: Scope) -> Iterator[Condition]:
    """The issuer, where somebody has to renew it. Releases before 2.18 do not tell."""
    if scope.has_route_metrics and scope.renewal:
        yield Condition(f"min(issuer_cert_ttl_seconds) < {limits.RENEWAL_DAYS} * 86400")


COMPONENTS = ("destination", "identity", "policy", "proxy-injector", "sp-validator")


def missing_control_plane(scope: Scope) -> Iterator[Condition]:
    """Components of the control plane of which no pod answers."""
    del scope
    for name in COMPONENTS:
        absent = f'absent(up{{component="{name}"}} == 1)'
        yield Condition(absent, {"component": name})


def unmeshed_pods(scope: Scope) -> Iterator[Condition]:
    """Pods of the catalogue that run without a proxy, by what the kubelets measure."""
    family = "container_memory_working_set_bytes"
    namespace = equal("namespace", scope.namespace)
    own = selector(family, namespace, one_of("container", sorted(scope.services)))
    proxies = selector(family, namespace, 'container="linkerd-proxy"')
    yield Condition(f"count by (namespace, pod) ({own}) unless on (namespace, pod) {proxies}")


def stopped_traffic(scope: Scope) -> Iterator[Condition]:
    """Workloads that had requests in the hour before, and now have none.

    The series themselves end after ten minutes without requests. A new version that is rolled back
    has no requests any more, and neither has Flagger's copy of a service after a promotion.
    """
    others = [*(canary.new for canary in scope.canaries.values()), *_targets(scope)]
    matchers = [equal("namespace", scope.namespace), TRAFFIC]
    if others:
        matchers.append(none_of("deployment", others))
    served = selector("request_total", *matchers)
    before = f"sum {WHOSE} (increase({served}[1h] offset {LONG})) > 100"
    yield Condition(f"{before} unless sum {WHOSE} (increase({served}[{LONG}])) > 0")


def _targets(scope: Scope) -> Iterator[str]:
    """The Deployments that Flagger scales to nothing when it is done."""
    for name in scope.automated:
        if name in scope.services:
            yield workload(name, scope.services[name].stable)


def missing_metrics(scope: Scope) -> Iterator[Condition]:
    """Services of which Prometheus reads no proxy."""
    for name in scope.services:
        if name in scope.stateful:
            whose = equal("statefulset", name)
        else:
            whose = one_of("deployment", scope.deployments(name))
        started = selector("process_start_time_seconds", equal("namespace", scope.namespace), whose)
        yield Condition(f"absent({started})", {"service": name})

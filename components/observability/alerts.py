"""Every alert: what it says, what to run first, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from components.observability import conditions
from components.observability.conditions import Condition
from components.observability.model import Rule, Severity
from components.observability.scope import Scope

RUNBOOK = "docs/runbooks/alerts.md"
NAMESPACE = "NAMESPACE"
"""Stands for the services' namespace in the commands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert. ``summary`` and ``command`` may name labels of the query as ``{{ $labels.x }}``.

    ``meaning`` and ``steps`` are for the runbook. ``conditions``
    makes a rule for each condition; it is ``None`` for the alerts of objectives.
    """

    name: str
    severity: Severity
    summary: str
    command: str
    meaning: str
    steps: str
    wait: str = "0s"
    conditions: Callable[[Scope], Iterator[Condition]] | None = None

    def rule(self, condition: Condition, namespace: str) -> Rule:
        """The alert as a rule with this condition, for the services' namespace."""
        return Rule(
            alert=self.name,
            expr=condition.query,
            wait="" if self.wait == "0s" else self.wait,
            labels={"severity": self.severity, **condition.labels},
            annotations={
                "summary": self.summary,
                "command": self.command.replace(NAMESPACE, namespace),
                "runbook": f"{RUNBOOK}#{self.name.lower()}",
            },
        )


BUDGET_PAGE = Alert(
    name="ErrorBudgetBurnsFast",
    severity="page",
    summary="{{ $labels.sloth_service }} misses its objective {{ $labels.sloth_slo }}: at this "
    "rate, the errors allowed in 30 days are used up within two to five days.",
    command="linkerd viz stat -n NAMESPACE deploy/{{ $labels.sloth_service }}",
    meaning="Of the requests that callers sent, more failed, or were slow, than the objective "
    "allows: 14.4 times as many over 5 minutes and 1 hour, or 6 times as many over 30 minutes and "
    "6 hours. Requests count after all their retries.",
    steps="Look at the newest change first: `make canary-status`, then `make rollback SERVICE=...` "
    "if a canary is the cause. Then follow the calls of the service: the first one that fails by "
    "itself is the cause.",
)
BUDGET_TICKET = Alert(
    name="ErrorBudgetBurnsSlowly",
    severity="ticket",
    summary="{{ $labels.sloth_service }} misses its objective {{ $labels.sloth_slo }}: at this "
    "rate, the errors allowed in 30 days are used up before they end.",
    command=BUDGET_PAGE.command,
    meaning="As the page, but 3 times as many over 2 hours and a day, or as many as allowed over 6 "
    "hours and 3 days. It needs a Prometheus that keeps its data for 3 days, so it is left out "
    "with `rules: viz`, which keeps 6 hours.",
    steps="Compare with the service's own history: a deployment, a caller or a store that changed. "
    "If the objective is wrong, change it in the catalogue.",
)

ALERTS: tuple[Alert, ...] = (
    BUDGET_PAGE,
    BUDGET_TICKET,
    Alert(
        name="CallerDenied",
        severity="ticket",
        summary="{{ $labels.client_id }} calls {{ $labels.srv_name }} and is refused.",
        command="linkerd viz authz -n NAMESPACE deploy/{{ $labels.deployment }}",
        meaning="A workload of the mesh calls a port or a route that the catalogue does not let it "
        "call. It gets 403, or 404 where routes have `callers`.",
        steps="If the call is meant, add it to `calls` of the caller in the catalogue. If not, "
        "find out why the workload makes it.",
        conditions=conditions.denied_callers,
    ),
    Alert(
        name="ClientWithoutIdentity",
        severity="ticket",
        summary="A client without a mesh identity calls {{ $labels.srv_name }} of "
        "{{ $labels.deployment }}{{ $labels.statefulset }}.",
        command="kubectl get pods -A -o wide",
        meaning="The client has no proxy, or its proxy is bypassed. With strict mTLS it is "
        "refused; this alert also finds pods other than the gateway's that let it in.",
        steps="The proxy's log names the client's address (`kubectl logs ... linkerd-proxy`). Find "
        "its pod, and inject a proxy, or take the call away. If a pod let it in, its Server is too "
        "open: see docs/zero-trust.md.",
        conditions=conditions.clients_without_identity,
    ),
    Alert(
        name="CircuitBreakerOpen",
        severity="ticket",
        summary="{{ $labels.deployment }} sends no requests to {{ $value }} endpoints of "
        "{{ $labels.backend_name }}, which failed too often.",
        command="kubectl get pods -n NAMESPACE -l app.kubernetes.io/name={{ $labels.parent_name }}",
        meaning="The callers' circuit breaker is open for a minute or longer. An endpoint that "
        "cannot be connected to looks the same.",
        steps="See why the endpoints fail: their logs, their own calls, their resources. The "
        "breaker closes by itself once they answer.",
        wait="1m",
        conditions=conditions.tripped_breakers,
    ),
    Alert(
        name="CallsFailFast",
        severity="page",
        summary="{{ $labels.deployment }} answers requests itself ({{ $labels.error }}): a service "
        "that it calls has no available endpoint.",
        command="linkerd diagnostics proxy-metrics -n NAMESPACE "
        "deploy/{{ $labels.deployment }} | grep balancer_endpoints",
        meaning="A proxy waits 3 seconds for an endpoint, then answers 503 or 504 at once. All "
        "endpoints are gone, are not ready, or have an open circuit breaker.",
        steps="The balancer's metrics name the service without `ready` endpoints. Check its pods; "
        "with an open breaker, go on as for CircuitBreakerOpen.",
        conditions=conditions.failing_fast,
    ),
    Alert(
        name="RetriesRefused",
        severity="ticket",
        summary="{{ $labels.deployment }} may not retry its requests to "
        "{{ $labels.dst }}{{ $labels.parent_name }} any more.",
        command="linkerd viz routes -n NAMESPACE deploy/{{ $labels.deployment }} -o wide",
        meaning="So many requests fail that the retry budget is used up, so callers now see the "
        "failures. More retries would add load to a service in trouble.",
        steps="Repair the called service. Raise `retryBudget` only if it has the capacity.",
        conditions=conditions.refused_retries,
    ),
    Alert(
        name="RetriesHideFailures",
        severity="ticket",
        summary="Callers of {{ $labels.service }} succeed only by retries: "
        "{{ $value | humanizePercentage }} more of the tries fail than of the requests.",
        command="linkerd viz routes -n NAMESPACE deploy --to svc/{{ $labels.service }} -o wide",
        meaning="The effective success rate, after retries, is better than the actual one by 5 "
        "points or more. The retries hide a fault, and cost load and latency.",
        steps="Compare the versions (`make canary-status`) and the pods: a single bad one is the "
        "usual cause.",
        conditions=conditions.hidden_failures,
    ),
    Alert(
        name="CanaryWorse",
        severity="page",
        summary="The new version of {{ $labels.service }} fails more often than the stable one.",
        command="make canary-status SERVICE={{ $labels.service }}",
        meaning="Over 10 minutes and 50 requests or more, callers saw the new version fail by at "
        "least one point more than the stable one.",
        steps="`make rollback SERVICE=...` sends no more requests to it, at once. Then read its "
        "logs.",
        conditions=conditions.worse_canaries,
    ),
    Alert(
        name="ProxyCertificateEnds",
        severity="page",
        summary="A proxy of {{ $labels.deployment }}{{ $labels.statefulset }} has not renewed its "
        "certificate, which ends in {{ $value | humanizeDuration }}.",
        command="linkerd check --proxy -n NAMESPACE",
        meaning="Proxies renew their certificates of 24 hours 7 hours before the end. After the "
        "end, all connections of the pod fail.",
        steps="See docs/runbooks/certificates.md. Often identity is down, or the issuer has ended.",
        wait="10m",
        conditions=conditions.ending_leaves,
    ),
    Alert(
        name="IssuerCertificateEnds",
        severity="ticket",
        summary="The mesh's issuer certificate ends in {{ $value | humanizeDuration }}.",
        command="linkerd check",
        meaning="After its end, no proxy gets a certificate, and within 24 hours the mesh stands "
        "still. With `mode: cert-manager` the issuer is renewed in the cluster, so the alert is "
        "left out. No release has a metric for the trust anchor: `make preview` warns about it.",
        steps="Renew it as docs/runbooks/certificates.md says.",
        conditions=conditions.ending_issuer,
    ),
    Alert(
        name="ControlPlaneDown",
        severity="page",
        summary="No pod of Linkerd's {{ $labels.component }} answers.",
        command="kubectl get pods -n linkerd",
        meaning="Running proxies go on with what they know. New pods do not start "
        "(proxy-injector), get no certificate (identity), or learn of no endpoints and policies "
        "(destination, policy).",
        steps="Read the events and logs of the control plane's pods, and run `linkerd check`. If "
        "all components are reported at once, Prometheus does not reach the control plane.",
        wait="2m",
        conditions=conditions.missing_control_plane,
    ),
    Alert(
        name="PodWithoutProxy",
        severity="ticket",
        summary="The pod {{ $labels.pod }} runs without a Linkerd proxy.",
        command="kubectl get pod -n NAMESPACE {{ $labels.pod }} -o yaml",
        meaning="The pod was created while the injector did not work, or asks not to be injected. "
        "Its calls have no identity, so they are refused.",
        steps="Check the annotations `linkerd.io/inject` of pod and namespace, then delete the "
        "pod: the next one is injected.",
        wait="5m",
        conditions=conditions.unmeshed_pods,
    ),
    Alert(
        name="TrafficStopped",
        severity="ticket",
        summary="{{ $labels.deployment }}{{ $labels.statefulset }} gets no requests any more.",
        command="linkerd viz stat -n NAMESPACE deploy",
        meaning="It had more than 100 requests in the hour before and none in the last 10 minutes. "
        "Its metrics are there: it is not that Prometheus does not see it.",
        steps="Go to the callers: are they up, do they get requests, are they refused "
        "(CallerDenied), do their calls fail (CallsFailFast)?",
        conditions=conditions.stopped_traffic,
    ),
    Alert(
        name="MetricsMissing",
        severity="ticket",
        summary="Prometheus reads no metrics of the proxies of {{ $labels.service }}.",
        command="kubectl get pods -n NAMESPACE",
        meaning="No proxy of the service is scraped. All other alerts about it are blind.",
        steps="No pods: see why. Pods without a proxy: see PodWithoutProxy. Otherwise Prometheus "
        "may not read port 4191: see `linkerd.scraper` and the NetworkPolicy `mesh`.",
        wait="5m",
        conditions=conditions.missing_metrics,
    ),
)


def rules(scope: Scope) -> Iterator[Rule]:
    """The alerts of the stack, besides those of its objectives."""
    for alert in ALERTS:
        for condition in alert.conditions(scope) if alert.conditions else ():
            yield alert.rule(condition, scope.namespace)

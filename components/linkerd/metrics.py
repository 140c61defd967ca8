"""What the callers of one version of a service see, in PromQL.

The numbers are those of the callers' own proxies. The version's proxy does not know of requests
that timed out, and counts the kubelet's probes and Prometheus's scrapes. A caller's proxy counts
each try, so retries do not hide a version that fails.

Sources: https://linkerd.io/2-edge/reference/proxy-metrics/ and linkerd2-proxy,
linkerd/http/metrics/src/requests/service.rs (a request that is given up before its answer is in
``request_total`` alone).
"""

from __future__ import annotations

from dataclasses import dataclass

_REQUESTS = "request_total"
_RESPONSES = "response_total"
_LATENCY_MS = "response_latency_ms_bucket"
_DENIED = "inbound_http_authz_deny_total"
_OF_PROFILES = "route_response_total"
_OF_ROUTES = (
    "outbound_http_route_request_statuses_total",
    "outbound_grpc_route_request_statuses_total",
)
_FAST = "FAIL_FAST|LOAD_SHED"
"""The errors of requests that a circuit breaker or a queue answers without asking a pod."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a service: its Deployment, and the apex that its callers dial.

    ``window`` is the time over which is counted. Each may be a placeholder.
    """

    namespace: str
    service: str
    deployment: str
    window: str

    def requests(self) -> str:
        """The query for the number of requests to the version."""
        return f"{self._answers()} + {self._unanswered()} + {self._failed_fast()}"

    def failures(self) -> str:
        """The query for the number of those that failed, for whatever reason.

        These are answers that are failures, requests that the version's authorization denied,
        requests without an answer, and those that failed fast: nobody can tell at which version.
        """
        failed = self._answers(',classification="failure"')
        return f"{failed} + {self._denied()} + {self._unanswered()} + {self._failed_fast()}"

    def latency(self, quantile: float) -> str:
        """The query for a quantile of the answers' latency, in milliseconds."""
        rate = f"sum by (le) (rate({_LATENCY_MS}{{{self._outbound}}}[{self.window}]))"
        return f"histogram_quantile({quantile}, {rate})"

    @property
    def _outbound(self) -> str:
        # Scrapes go to a pod's address, so they have no Service.
        return (
            f'direction="outbound",dst_namespace="{self.namespace}",'
            f'dst_deployment="{self.deployment}",dst_service!=""'
        )

    def _answers(self, more: str = "") -> str:
        return self._count(f"{_RESPONSES}{{{self._outbound}{more}}}")

    def _denied(self) -> str:
        """The version's proxy answers 403, which is a success to the callers' proxies.

        So at most as many as the callers got. Only callers in the mesh have TLS.
        """
        denied = self._count(
            f'{_DENIED}{{namespace="{self.namespace}",deployment="{self.deployment}",tls="true"}}'
        )
        refused = self._answers(',status_code="403"')
        return f"clamp_max({denied}, scalar({refused}))"

    def _unanswered(self) -> str:
        """The requests that got no answer: at most as many as the callers gave up.

        So those that are under way at an end of the window do not count.
        """
        sent = self._count(f"{_REQUESTS}{{{self._outbound}}}")
        return f"clamp_min(clamp_max({sent} - {self._answers()}, scalar({self._given_up()})), 0)"

    def _given_up(self) -> str:
        """Requests to the service that ended without a status, as its callers saw them."""
        apex = f"{self.service}[.]{self.namespace}[.]svc[.].*"
        of_profiles = (
            f'{_OF_PROFILES}{{direction="outbound",dst=~"{apex}",status_code="",'
            'classification="failure"}'
        )
        of_routes = self._of_routes(
            f'http_status="",grpc_status="",error!="",error!~"CANCEL|{_FAST}"'
        )
        return f"{self._count(of_profiles)} + {of_routes}"

    def _failed_fast(self) -> str:
        return self._of_routes(f'error=~"{_FAST}"')

    def _of_routes(self, labels: str) -> str:
        parent = (
            f'parent_kind="Service",parent_namespace="{self.namespace}",'
            f'parent_name="{self.service}"'
        )
        return " + ".join(self._count(f"{name}{{{parent},{labels}}}") for name in _OF_ROUTES)

    def _count(self, series: str) -> str:
        return f"(sum(increase({series}[{self.window}])) or vector(0))"

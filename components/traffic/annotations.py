"""Linkerd's annotations for circuit breakers, retries and timeouts.

Sources: https://linkerd.io/2-edge/reference/circuit-breaking/,
https://linkerd.io/2-edge/reference/retries/, https://linkerd.io/2-edge/reference/timeouts/
"""

from __future__ import annotations

from components.config.catalogue.model import CircuitBreaker, Route

_BREAKER = "balancer.linkerd.io/failure-accrual"


def circuit_breaker(breaker: CircuitBreaker | None) -> dict[str, str]:
    """The annotations of the apex Service. Empty without a breaker."""
    if breaker is None:
        return {}
    return {
        _BREAKER: "consecutive",
        f"{_BREAKER}-consecutive-max-failures": str(breaker.max_failures),
        f"{_BREAKER}-consecutive-min-penalty": breaker.min_penalty,
        f"{_BREAKER}-consecutive-max-penalty": breaker.max_penalty,
    }


def route(policy: Route, *, grpc: bool = False) -> dict[str, str]:
    """The annotations of the route's HTTPRoute or GRPCRoute."""
    annotations: dict[str, str] = {}
    if policy.retry is not None:
        key, default = ("grpc", "unavailable") if grpc else ("http", "5xx")
        annotations[f"retry.linkerd.io/{key}"] = ",".join(policy.retry.on or (default,))
        annotations["retry.linkerd.io/limit"] = str(policy.retry.limit)
        annotations["retry.linkerd.io/timeout"] = policy.retry.timeout
    if policy.timeout is not None:
        annotations["timeout.linkerd.io/request"] = policy.timeout
    return annotations

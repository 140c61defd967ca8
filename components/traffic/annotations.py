"""Linkerd's annotations for circuit breakers, retries and timeouts, and the mark of idempotence.

Sources: https://linkerd.io/2-edge/reference/circuit-breaking/,
https://linkerd.io/2-edge/reference/retries/, https://linkerd.io/2-edge/reference/timeouts/
"""

from __future__ import annotations

from collections.abc import Sequence

from components.config.catalogue.model import UNSAFE_METHODS, CircuitBreaker, Route
from components.linkerd.shared import words

_BREAKER = words.FAILURE_ACCRUAL


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


def profile(routes: Sequence[Route]) -> dict[str, str]:
    """The annotations of a ServiceProfile: which of its retried routes are safe to repeat."""
    names = [route.name for route in routes if route.retryable and _is_marked(route)]
    return {words.IDEMPOTENT: ", ".join(names)} if names else {}


def _is_marked(route: Route) -> bool:
    """Whether retries rest on the catalogue's word, not on the method."""
    return route.idempotent and route.method in UNSAFE_METHODS


def route(policy: Route, *, grpc: bool = False) -> dict[str, str]:
    """The annotations of the route's HTTPRoute or GRPCRoute."""
    annotations: dict[str, str] = {}
    if policy.retry is not None:
        key, default = (words.RETRY_GRPC, "unavailable") if grpc else (words.RETRY_HTTP, "5xx")
        annotations[key] = ",".join(policy.retry.on or (default,))
        annotations[words.RETRY_LIMIT] = str(policy.retry.limit)
        annotations[words.RETRY_TIMEOUT] = policy.retry.timeout
        if _is_marked(policy):
            annotations[words.IDEMPOTENT] = f"{policy.name} is idempotent by the catalogue"
    if policy.timeout is not None:
        annotations[words.TIMEOUT_REQUEST] = policy.timeout
    return annotations

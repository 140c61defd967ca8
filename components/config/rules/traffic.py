"""Rules about the keys of a service that control its traffic, besides its routes."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.durations import milliseconds
from components.config.rules.context import ServiceContext
from components.findings import Finding


def http_keys_need_http(context: ServiceContext) -> Iterator[Finding]:
    """A service whose requests Linkerd does not read has no key for HTTP traffic."""
    service = context.service
    keys = {
        "routes": service.routes,
        "openapi": service.openapi,
        "retryBudget": service.retry_budget,
        "circuitBreaker": service.circuit_breaker,
        "versions": service.versions,
    }
    for key in (key for key, value in keys.items() if value and not service.is_http):
        yield Finding(
            path=key,
            found="a setting for HTTP traffic",
            allowed="no such key where `protocol` is tcp, or where there is no port",
            fix="Delete it: Linkerd reads no requests here.",
        )


def retry_budget_needs_profile(context: ServiceContext) -> Iterator[Finding]:
    """Only a ServiceProfile has a retry budget."""
    service = context.service
    if service.is_http and service.style == "route" and service.retry_budget is not None:
        yield Finding(
            path="retryBudget",
            found="a retry budget in the style `route`",
            allowed="`retry` on the routes",
            fix="Give each route its `retry`, or use `style: profile`.",
        )


def circuit_breaker_works(context: ServiceContext) -> Iterator[Finding]:
    """A circuit breaker is for HTTPRoutes, and its longest penalty no shorter than the first."""
    service, breaker = context.service, context.service.circuit_breaker
    if breaker and service.is_http and service.style == "profile":
        yield Finding(
            path="circuitBreaker",
            found="a circuit breaker in the style `profile`",
            allowed="a circuit breaker in the style `route`",
            fix="Set `style: route`: a ServiceProfile switches circuit breaking off.",
        )
    if breaker and milliseconds(breaker.min_penalty) > milliseconds(breaker.max_penalty):
        yield Finding(
            path="circuitBreaker.maxPenalty",
            found=f"{breaker.max_penalty}, less than minPenalty {breaker.min_penalty}",
            allowed=f"at least {breaker.min_penalty}",
            fix="Raise it, or lower `minPenalty`.",
        )

"""Whether the cluster has admission gates, and whether they would refuse what this stack writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from components.config.catalogue.model import RetryBudget, Service
from components.config.problems import Problem
from components.config.stack.admission import Admission
from components.config.stack.settings import Settings

SINCE = (1, 30)
"""The first Kubernetes version that serves ValidatingAdmissionPolicy as v1."""


def check(file: str, admission: Admission, version: tuple[int, int]) -> Iterator[Problem]:
    """Gates are asked only of a cluster that has them."""
    if admission.mode != "off" and version < SINCE:
        yield Problem(
            file=file,
            path="admission.mode",
            found=f'"{admission.mode}" on Kubernetes {version[0]}.{version[1]}',
            allowed='"off" before Kubernetes 1.30, which serves ValidatingAdmissionPolicy first',
            fix="Set it to off: the policy pack stays the only gate.",
        )


def settings(file: str, stack: Settings, services: Mapping[str, Service]) -> Iterator[Problem]:
    """What the stack's own gates would refuse of its own objects, half-way through a run."""
    if stack.admission.mode != "deny":
        return
    if stack.linkerd.default_inbound_policy == "audit":
        yield Problem(
            file=file,
            path="admission.mode",
            found='"deny", with `linkerd.defaultInboundPolicy: audit`',
            allowed='"warn" or "off" during an audit',
            fix="Set it to warn until the audit is over: the gates refuse a namespace that lets "
            "clients without a mesh identity in.",
        )
    for name, service in services.items():
        for key, found, most in _over(service, stack.admission):
            yield Problem(
                file=file,
                path=f"admission.{key}",
                found=f"{most:g}, with {found:g} in the catalogue's {name}",
                allowed=f"{found:g} or more",
                fix=f"Raise it, or lower the retries of {name}: the cluster would refuse them.",
            )


def _over(service: Service, admission: Admission) -> Iterator[tuple[str, float, float]]:
    """The bounds that the service goes over: the key, what it has, and the bound."""
    asked: list[tuple[str, float]] = [
        ("maxRetries", route.retry.limit) for route in service.routes if route.retry
    ]
    if service.style == "profile" and service.routes:
        budget = service.retry_budget or RetryBudget()
        asked.append(("maxRetryRatio", budget.ratio))
        asked.append(("maxRetriesPerSecond", budget.min_retries_per_second))
    bounds = {
        "maxRetries": admission.max_retries,
        "maxRetryRatio": admission.max_retry_ratio,
        "maxRetriesPerSecond": admission.max_retries_per_second,
    }
    yield from ((key, value, bounds[key]) for key, value in asked if value > bounds[key])

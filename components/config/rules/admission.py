"""Rules about the gates inside of the cluster: they must not refuse what the stack writes."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.catalogue.model import RetryBudget, Service
from components.config.rules.context import StackContext
from components.findings import Finding


def gates_allow_an_audit(stack: StackContext) -> Iterator[Finding]:
    """During an audit the gates must not deny."""
    settings = stack.settings
    if settings.admission.mode == "deny" and settings.linkerd.default_inbound_policy == "audit":
        yield Finding(
            path="admission.mode",
            found='"deny", with `linkerd.defaultInboundPolicy: audit`',
            allowed='"warn" or "off" during an audit',
            fix="Set it to warn until the audit is over: the gates refuse a namespace that lets "
            "clients without a mesh identity in.",
        )


def gates_allow_the_retries(stack: StackContext) -> Iterator[Finding]:
    """The retries of each service are within the bounds of gates that deny.

    Otherwise the cluster would refuse the stack's own objects half-way through a run.
    """
    if stack.settings.admission.mode != "deny":
        return
    bounds = {
        "maxRetries": stack.settings.admission.max_retries,
        "maxRetryRatio": stack.settings.admission.max_retry_ratio,
        "maxRetriesPerSecond": stack.settings.admission.max_retries_per_second,
    }
    for name, service in stack.catalogue.services.items():
        for key, value in _retries(service):
            if value > bounds[key]:
                yield Finding(
                    path=f"admission.{key}",
                    found=f"{bounds[key]:g}, with {value:g} in the catalogue's {name}",
                    allowed=f"{value:g} or more",
                    fix=f"Raise it, or lower the retries of {name}: the cluster would refuse them.",
                )


def _retries(service: Service) -> Iterator[tuple[str, float]]:
    """The service's retries, each with the key of the gates that bounds it."""
    for route in service.routes:
        if route.retry:
            yield "maxRetries", route.retry.limit
    if service.style == "profile" and service.routes:
        budget = service.retry_budget or RetryBudget()
        yield "maxRetryRatio", budget.ratio
        yield "maxRetriesPerSecond", budget.min_retries_per_second

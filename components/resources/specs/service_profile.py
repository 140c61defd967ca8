"""ServiceProfiles (linkerd.io).

Source: https://linkerd.io/2-edge/reference/service-profiles/
"""

from __future__ import annotations

from typing import TypedDict

from components.resources.specs.kind import Kind


class RequestMatch(TypedDict):
    method: str
    pathRegex: str


class StatusRange(TypedDict):
    min: int
    max: int


class ResponseMatch(TypedDict):
    status: StatusRange


class _ResponseClass(TypedDict):
    condition: ResponseMatch


class ResponseClassSpec(_ResponseClass, total=False):
    """Whether some responses count as failures."""

    isFailure: bool


class _ProfileRoute(TypedDict):
    name: str
    condition: RequestMatch


class ProfileRoute(_ProfileRoute, total=False):
    responseClasses: list[ResponseClassSpec]
    isRetryable: bool
    timeout: str


class RetryBudgetSpec(TypedDict):
    """How many retries a ServiceProfile allows."""

    retryRatio: float
    minRetriesPerSecond: int
    ttl: str


class ServiceProfileSpec(TypedDict):
    """A ServiceProfile. The SMI extension owns its field ``dstOverrides``."""

    routes: list[ProfileRoute]
    retryBudget: RetryBudgetSpec


SERVICE_PROFILE = Kind[ServiceProfileSpec]("ServiceProfile", "linkerd.io/v1alpha2")

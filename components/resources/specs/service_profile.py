"""ServiceProfiles (linkerd.io).

Source: https://linkerd.io/2-edge/reference/service-profiles/
"""

from __future__ import annotations

from typing import NotRequired, TypedDict

from components.resources.specs.kind import Kind


class RequestMatch(TypedDict):
    method: str
    pathRegex: str


class StatusRange(TypedDict):
    min: int
    max: int


class ResponseMatch(TypedDict):
    status: StatusRange


class ResponseClassSpec(TypedDict):
    """Whether some responses count as failures."""

    condition: ResponseMatch
    isFailure: NotRequired[bool]


class ProfileRoute(TypedDict):
    name: str
    condition: RequestMatch
    responseClasses: NotRequired[list[ResponseClassSpec]]
    isRetryable: NotRequired[bool]
    timeout: NotRequired[str]


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

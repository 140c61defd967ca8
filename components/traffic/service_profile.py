"""The style ``profile``: a ServiceProfile with the service's routes and retry budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.config.catalogue.model import RetryBudget, Route
from components.config.catalogue.responses import ResponseClass
from components.linkerd.paths import regex
from components.names import fqdn
from components.resources.labels import labels


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProfileArgs:
    """The routes of one service, in the order in which Linkerd tries them."""

    namespace: str
    routes: Sequence[Route]
    budget: RetryBudget


class ServiceProfile(pulumi.ComponentResource):
    """Tells Linkerd a service's routes: metrics by route, which may be retried, timeouts."""

    def __init__(
        self, name: str, args: ServiceProfileArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the profile of the service called ``name``."""
        super().__init__("platform:traffic:ServiceProfile", name, None, opts)
        k8s.apiextensions.CustomResource(
            name,
            api_version="linkerd.io/v1alpha2",
            kind="ServiceProfile",
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=fqdn(name, args.namespace), namespace=args.namespace, labels=labels(name)
            ),
            spec=profile_spec(args.routes, args.budget),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


def profile_spec(routes: Sequence[Route], budget: RetryBudget) -> dict[str, Any]:
    """The profile's spec.

    It never holds ``dstOverrides``: those belong to the SMI extension, which writes a TrafficSplit
    into the profile. Source: https://linkerd.io/2-edge/reference/service-profiles/
    """
    return {
        "routes": [_route(route) for route in routes],
        "retryBudget": {
            "retryRatio": budget.ratio,
            "minRetriesPerSecond": budget.min_retries_per_second,
            "ttl": budget.ttl,
        },
    }


def _route(route: Route) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "name": route.name,
        "condition": {"method": route.method, "pathRegex": regex(route.path)},
    }
    if route.response_classes:
        spec["responseClasses"] = [_response_class(each) for each in route.response_classes]
    # An explicit `false` would be lost when the extension rewrites the profile.
    if route.retryable:
        spec["isRetryable"] = True
    if route.timeout is not None:
        spec["timeout"] = route.timeout
    return spec


def _response_class(found: ResponseClass) -> dict[str, Any]:
    spec: dict[str, Any] = {"condition": {"status": {"min": found.min, "max": found.last}}}
    if found.is_failure:
        spec["isFailure"] = True
    return spec

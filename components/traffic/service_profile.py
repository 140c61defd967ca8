"""The style ``profile``: a ServiceProfile with the service's routes and retry budget."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.config.catalogue.model import RetryBudget, Route
from components.config.catalogue.responses import ResponseClass
from components.linkerd.paths import regex
from components.names import fqdn
from components.resources.objects import Context, custom_resource
from components.resources.options import moved_out_of
from components.resources.specs.service_profile import (
    SERVICE_PROFILE,
    ProfileRoute,
    ResponseClassSpec,
    ServiceProfileSpec,
)
from components.traffic import annotations as linkerd_annotations


def service_profile(
    name: str,
    routes: Sequence[Route],
    budget: RetryBudget,
    *,
    context: Context,
    opts: pulumi.ResourceOptions,
) -> k8s.apiextensions.CustomResource:
    """Tells Linkerd the routes of the service called ``name``, in the order in which it tries them.

    Linkerd then has metrics for each route, and applies its retries and timeout.
    """
    return custom_resource(
        name,
        SERVICE_PROFILE,
        profile_spec(routes, budget),
        metadata=context.metadata(
            fqdn(name, context.namespace, context.cluster_domain),
            name,
            annotations=linkerd_annotations.profile(routes),
        ),
        opts=moved_out_of("platform:traffic:ServiceProfile", name, opts),
    )


def profile_spec(routes: Sequence[Route], budget: RetryBudget) -> ServiceProfileSpec:
    """The profile's spec.

    It never has ``dstOverrides``: the SMI extension owns this field and writes a TrafficSplit into
    it. Source: https://linkerd.io/2-edge/reference/service-profiles/
    """
    return {
        "routes": [_route(route) for route in routes],
        "retryBudget": {
            "retryRatio": budget.ratio,
            "minRetriesPerSecond": budget.min_retries_per_second,
            "ttl": budget.ttl,
        },
    }


def _route(route: Route) -> ProfileRoute:
    spec: ProfileRoute = {
        "name": route.name,
        "condition": {"method": route.method, "pathRegex": regex(route.path)},
    }
    if route.response_classes:
        spec["responseClasses"] = [_response_class(each) for each in route.response_classes]
    # The SMI extension drops an explicit `false` when it rewrites the profile.
    if route.retryable:
        spec["isRetryable"] = True
    if route.timeout is not None:
        spec["timeout"] = route.timeout
    return spec


def _response_class(found: ResponseClass) -> ResponseClassSpec:
    spec: ResponseClassSpec = {"condition": {"status": {"min": found.min, "max": found.last}}}
    if found.is_failure:
        spec["isFailure"] = True
    return spec

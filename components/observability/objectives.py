"""The objectives of a stack, with the queries that measure them."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.catalogue.model import Route
from components.config.catalogue.objectives import Objective
from components.config.durations import milliseconds
from components.config.overrides import merged
from components.names import distinct
from components.observability.burn import Slo
from components.observability.scope import Scope

FAST = 99.0
"""The share of the requests, in per cent, that are answered within an objective's ``latency``."""


def slos(scope: Scope) -> Iterator[Slo]:
    """Two for each service with an objective, and for each such route: success and latency."""
    for name, service in scope.http():
        if service.objective is not None:
            yield from _pair(scope, name, "", service.objective)
        routes = {route.name: route for route in service.routes if route.objective is not None}
        base = service.objective or Objective()
        for route_name, slug in distinct(list(routes)).items():
            route = routes[route_name]
            if route.objective is not None and scope.measures(name, route):
                yield from _pair(scope, name, f"{slug}-", merged(base, route.objective), route)


def _pair(
    scope: Scope, name: str, prefix: str, objective: Objective, route: Route | None = None
) -> Iterator[Slo]:
    found, floor = scope.requests(name, route), objective.requests
    bound = milliseconds(objective.latency)
    yield Slo(
        service=name,
        name=f"{prefix}availability",
        percent=objective.success,
        bad=lambda window: found.errors(window, floor),
    )
    yield Slo(
        service=name,
        name=f"{prefix}latency",
        percent=FAST,
        bad=lambda window: found.slow(window, floor, bound),
    )

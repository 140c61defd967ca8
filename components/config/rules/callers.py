"""Rules about the callers of a service's routes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from components.config.catalogue.model import Route
from components.config.problems import unknown
from components.config.rules.context import ServiceContext
from components.findings import Finding
from components.linkerd.paths import overlap


def gateway_routes_have_no_callers(context: ServiceContext) -> Iterator[Finding]:
    """The gateway's clients are outside of the mesh."""
    service = context.service
    for index, route in enumerate(service.routes):
        if route.callers is not None and context.name == context.catalogue.gateway:
            yield Finding(
                path=f"routes.{index}.callers",
                found="callers of a gateway's route",
                allowed="no such key: a gateway's clients have no mesh identity",
                fix="Delete it.",
            )


def callers_call_the_service(context: ServiceContext) -> Iterator[Finding]:
    """Each caller of a route is a service that calls this one, and is there once."""
    service = context.service
    if context.name == context.catalogue.gateway:
        return
    callees = {context.name, service.stands_in_for}
    known = [
        each
        for each, other in context.catalogue.services.items()
        if any(call.service in callees and call.port is None for call in other.calls)
    ]
    for index, route in enumerate(service.routes):
        callers = route.callers or ()
        for position, caller in enumerate(callers):
            path = f"routes.{index}.callers.{position}"
            if caller in callers[:position]:
                yield Finding(
                    path=path,
                    found=f'"{caller}" again',
                    allowed="each caller once",
                    fix="Delete the entry.",
                )
            elif caller not in known:
                otherwise = "Add the call to its `calls`, or delete it."
                found = '"{}", which does not call the service'
                yield unknown(path, caller, known, otherwise, found=found)


def overlapping_routes_have_the_same_callers(context: ServiceContext) -> Iterator[Finding]:
    """Of two routes that match one request Linkerd takes the older, on which nobody can rely."""
    service = context.service
    for (first, one), (second, other) in combinations(enumerate(service.routes), 2):
        if _same_callers(one, other) or one.method != other.method or one.path == other.path:
            continue
        if overlap(one.path, other.path):
            yield Finding(
                path=f"routes.{second}.callers",
                found=f'"{other.name}" and "{one.name}" (route {first}), which match the same '
                "requests for different callers",
                allowed="the same callers, or paths that no request has in common",
                fix="Give both the same `callers`, or change a path.",
            )


def _same_callers(one: Route, other: Route) -> bool:
    return set(one.callers or ()) == set(other.callers or ())

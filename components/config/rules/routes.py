"""Rules about a service's routes, in the catalogue or in an OpenAPI file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from components.config.catalogue.model import UNSAFE_METHODS, Service
from components.config.catalogue.placed_routes import Placed
from components.config.durations import milliseconds
from components.config.http_scalars import GRPC_CONDITIONS
from components.config.problems import one_of
from components.config.rules.context import RouteContext
from components.findings import Finding
from components.names import http_route

_GRPC_PATH = re.compile(r"/[A-Za-z_]\w*(\.[A-Za-z_]\w*)*/[A-Za-z_]\w*", re.ASCII)

_PATTERN = re.compile(r"[*<>^|\\\[\]]|/:")
"""Patterns of other routers: ``/static/*``, ``/users/:id``, ``/users/<id>``, ``/users/[0-9]+``."""


def contexts(
    catalogue: str, name: str, service: Service, routes: Sequence[Placed]
) -> Iterator[RouteContext]:
    """The routes of a service, each for its rules. ``catalogue`` is the catalogue's file."""
    by_requests: dict[tuple[str, str], Placed] = {}
    by_name: dict[str, Placed] = {}
    for placed in routes:
        yield RouteContext(
            catalogue=catalogue,
            name=name,
            service=service,
            placed=placed,
            same_requests=by_requests.setdefault(placed.requests, placed),
            same_name=by_name.setdefault(http_route(name, placed.route.name), placed),
        )


def routes_differ(context: RouteContext) -> Iterator[Finding]:
    """Each method and path is there once."""
    placed, first = context.placed, context.same_requests
    if first is not placed:
        yield Finding(
            found=f'"{placed.route.name}", which is the same as {first.path}',
            allowed="each method and path once",
            fix="Delete or change one of the two.",
        )


def http_routes_have_names_of_their_own(context: RouteContext) -> Iterator[Finding]:
    """The name of an HTTPRoute follows from the route's, as far as it fits."""
    placed, first = context.placed, context.same_name
    if context.style == "route" and first.requests != placed.requests:
        yield Finding(
            found=f'"{placed.route.name}", whose HTTPRoute would have the name of {first.path}',
            allowed="routes that differ in the letters and digits of their first 63 characters",
            fix="Change one of the paths, or set `style: profile` for the service.",
        )


def paths_have_no_other_patterns(context: RouteContext) -> Iterator[Finding]:
    """A path in the catalogue means what it says: its only pattern is ``{name}``.

    In an OpenAPI file every other character is literal by definition.
    """
    placed = context.placed
    if not placed.documented and _PATTERN.search(placed.route.path):
        yield Finding(
            path="path",
            found=f'"{placed.route.path}", in which a pattern would be taken for letters',
            allowed="a path whose only pattern is `{name}`, which is one segment",
            fix="Write `{name}` for each segment that varies. There is no route for every path "
            "below another; requests that match no route are served without one.",
        )


def retried_requests_are_idempotent(context: RouteContext) -> Iterator[Finding]:
    """A POST or PATCH is retried only where the catalogue says that it may be."""
    placed, route = context.placed, context.placed.route
    retried = route.retryable or route.retry is not None
    if context.style and retried and route.method in UNSAFE_METHODS and not route.idempotent:
        how = "Set `idempotent: true`"
        if placed.documented:
            how = _add_to_catalogue(context, "idempotent: true")
        yield Finding(
            path=placed.key("retryable") if placed.documented else "",
            found=f"retries of {route.method}, which may do its work twice",
            allowed="retries of idempotent requests",
            fix=f"{how} if the service recognises a repeated request; otherwise take the retries "
            "away.",
        )


def retries_are_of_the_style(context: RouteContext) -> Iterator[Finding]:
    """``retry`` is for HTTPRoutes, ``retryable`` for ServiceProfiles."""
    placed, route = context.placed, context.placed.route
    if context.style == "profile" and route.retry is not None:
        yield Finding(
            path=placed.key("retry"),
            found="a count of retries in the style `profile`",
            allowed="`retryable: true`, which the retry budget bounds",
            fix="A ServiceProfile has no count of retries: use `style: route` for one.",
        )
    if context.style == "route" and route.retryable:
        retry = "retry: {limit: 3, timeout: 500ms}"
        how = _add_to_catalogue(context, retry) if placed.documented else f"Write `{retry}`"
        yield Finding(
            path=placed.key("retryable"),
            found="`retryable` in the style `route`",
            allowed="`retry` with a limit and a timeout",
            fix=f"{how}, or use `style: profile`.",
        )


def retries_have_a_timeout(context: RouteContext) -> Iterator[Finding]:
    """Retries end at the route's timeout, which is no shorter than that of one try."""
    route, key = context.placed.route, context.placed.key("timeout")
    retried = {"profile": route.retryable, "route": route.retry is not None}
    if context.style is None or not retried[context.style]:
        return
    if route.timeout is None:
        yield Finding(
            path=key,
            found="retries without a timeout",
            allowed="a duration for the request with all its retries",
            fix=f"Add `{key}`: without it a slow service is asked again and again.",
        )
    elif (
        context.style == "route"
        and route.retry
        and milliseconds(route.timeout) < milliseconds(route.retry.timeout)
    ):
        yield Finding(
            path=key,
            found=f"{route.timeout}, less than one try's {route.retry.timeout}",
            allowed="at least the timeout of one try",
            fix="Raise it: it is the time for all tries together.",
        )


def retry_conditions_are_of_the_protocol(context: RouteContext) -> Iterator[Finding]:
    """gRPC says in ``grpc-status`` what failed, and HTTP in the status."""
    retry, protocol = context.placed.route.retry, context.service.protocol
    grpc = protocol == "grpc"
    for index, condition in enumerate((retry.on or ()) if retry else ()):
        if context.style == "route" and (condition in GRPC_CONDITIONS) != grpc:
            yield Finding(
                path=f"{context.placed.key('retry')}.on.{index}",
                found=f'"{condition}", where `protocol` is {protocol}',
                allowed=one_of(GRPC_CONDITIONS)
                if grpc
                else "5xx, gateway-error, a status or a range",
                fix="Correct it, or the service's `protocol`: gRPC says in `grpc-status` what "
                "failed, and HTTP in the status.",
            )


def grpc_routes_are_methods(context: RouteContext) -> Iterator[Finding]:
    """A GRPCRoute matches a method of a gRPC service."""
    route = context.placed.route
    is_method = route.method == "POST" and _GRPC_PATH.fullmatch(route.path)
    if context.style == "route" and context.service.protocol == "grpc" and not is_method:
        yield Finding(
            found=f'"{route.name}", which is no gRPC method',
            allowed="`method: POST` with a path such as /package.Service/Method",
            fix="Correct it, or the service's `protocol`.",
        )


def response_classes_have_effect(context: RouteContext) -> Iterator[Finding]:
    """Response classes are for ServiceProfiles of HTTP."""
    if not context.placed.route.response_classes:
        return
    key = context.placed.key("responseClasses")
    if context.style == "profile" and context.service.protocol == "grpc":
        yield Finding(
            path=key,
            found="classes by HTTP status, for gRPC",
            allowed="no response classes where `protocol` is grpc",
            fix="Delete them: gRPC says in `grpc-status` what failed, which a class would hide.",
        )
    if context.style == "route":
        yield Finding(
            path=key,
            found="response classes in the style `route`",
            allowed="`retry` with `on`, which names the statuses to retry",
            fix="Delete them, and write for instance `retry: {limit: 3, timeout: 500ms, "
            "on: [5xx, 429]}`; or use `style: profile`. HTTPRoutes have no response classes.",
        )


def response_classes_are_reached(context: RouteContext) -> Iterator[Finding]:
    """The first class that an answer is in decides, so none may be inside of an earlier one."""
    classes = context.placed.route.response_classes if context.style == "profile" else ()
    for index, each in enumerate(classes):
        if any(other.min <= each.min and each.last <= other.last for other in classes[:index]):
            yield Finding(
                path=f"{context.placed.key('responseClasses')}.{index}",
                found=f"{each.min} to {each.last}, which is in an earlier class",
                allowed="classes that an answer can be in: the first one decides",
                fix="Delete it, or move it to the front.",
            )


def _add_to_catalogue(context: RouteContext, keys: str) -> str:
    """How to give a route of the OpenAPI file the keys that only the catalogue knows."""
    route = context.placed.route
    return (
        f"Add `{{method: {route.method}, path: {route.path}, {keys}}}` to "
        f"`services.{context.name}.routes` of {context.catalogue}"
    )

"""What a service's routes must satisfy, one by one and together, wherever they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from components.config.catalogue.model import UNSAFE_METHODS, Service
from components.config.catalogue.placed_routes import Placed
from components.config.durations import milliseconds
from components.config.http_scalars import GRPC_CONDITIONS
from components.config.problems import Problem, one_of
from components.names import slug

_GRPC_PATH = re.compile(r"/[A-Za-z_]\w*(\.[A-Za-z_]\w*)*/[A-Za-z_]\w*", re.ASCII)


class RouteRules:
    """The rules for the routes of one service, an entry of the catalogue called ``file``."""

    def __init__(self, file: str, name: str, service: Service) -> None:
        """``name`` is the service's."""
        self._catalogue = f"`services.{name}.routes` of {file}"
        self._name, self._service = name, service

    def check(self, routes: Sequence[Placed]) -> Iterator[Problem]:
        """All rules, over the routes in their order."""
        yield from self._same_requests(routes)
        if not self._service.is_http:
            return
        if self._service.style == "route":
            yield from self._same_names(routes)
        for placed in routes:
            yield from self._idempotency(placed)
            if self._service.style == "profile":
                yield from self._profile(placed)
            else:
                yield from self._route(placed)

    def _in_catalogue(self, placed: Placed, keys: str) -> str:
        """How to give a route of the OpenAPI file the keys that only the catalogue knows."""
        route = placed.route
        return f"Add `{{method: {route.method}, path: {route.path}, {keys}}}` to {self._catalogue}"

    def _same_requests(self, routes: Sequence[Placed]) -> Iterator[Problem]:
        seen: dict[tuple[str, str], Placed] = {}
        for placed in routes:
            first = seen.setdefault(placed.requests, placed)
            if first is not placed:
                yield _problem(
                    placed,
                    placed.path,
                    f'"{placed.route.name}", which is the same as {first.path}',
                    "each method and path once",
                    "Delete or change one of the two.",
                )

    def _same_names(self, routes: Sequence[Placed]) -> Iterator[Problem]:
        seen: dict[str, Placed] = {}
        for placed in routes:
            first = seen.setdefault(slug(self._name, placed.route.name), placed)
            if first.requests != placed.requests:
                yield _problem(
                    placed,
                    placed.path,
                    f'"{placed.route.name}", whose HTTPRoute would have the name of {first.path}',
                    "routes that differ in the letters and digits of their first 63 characters",
                    "Change one of the paths, or set `style: profile` for the service.",
                )

    def _idempotency(self, placed: Placed) -> Iterator[Problem]:
        route = placed.route
        retried = route.retryable or route.retry is not None
        if retried and route.method in UNSAFE_METHODS and not route.idempotent:
            yes = "Set `idempotent: true`"
            if placed.documented:
                yes = self._in_catalogue(placed, "idempotent: true")
            yield _problem(
                placed,
                placed.key("retryable") if placed.documented else placed.path,
                f"retries of {route.method}, which may do its work twice",
                "retries of idempotent requests",
                f"{yes} if the service recognises a repeated request; otherwise take the retries "
                "away.",
            )

    def _profile(self, placed: Placed) -> Iterator[Problem]:
        route = placed.route
        if route.retry is not None:
            yield _problem(
                placed,
                placed.key("retry"),
                "a count of retries in the style `profile`",
                "`retryable: true`, which the retry budget bounds",
                "A ServiceProfile has no count of retries: use `style: route` for one.",
            )
        if route.retryable and route.timeout is None:
            yield _missing_timeout(placed)
        if route.response_classes and self._service.protocol == "grpc":
            yield _problem(
                placed,
                placed.key("responseClasses"),
                "classes by HTTP status, for gRPC",
                "no response classes where `protocol` is grpc",
                "Delete them: gRPC says in `grpc-status` what failed, which a class would hide.",
            )
        yield from _unreachable_classes(placed)

    def _route(self, placed: Placed) -> Iterator[Problem]:
        route = placed.route
        if route.retryable:
            retry = "retry: {limit: 3, timeout: 500ms}"
            way = f"Write `{retry}`"
            if placed.documented:
                way = self._in_catalogue(placed, retry)
            yield _problem(
                placed,
                placed.key("retryable"),
                "`retryable` in the style `route`",
                "`retry` with a limit and a timeout",
                f"{way}, or use `style: profile`.",
            )
        if route.response_classes:
            yield _problem(
                placed,
                placed.key("responseClasses"),
                "response classes in the style `route`",
                "`retry` with `on`, which names the statuses to retry",
                "Delete them, and write for instance `retry: {limit: 3, timeout: 500ms, "
                "on: [5xx, 429]}`; or use `style: profile`. HTTPRoutes have no response classes.",
            )
        yield from self._retry_conditions(placed)
        if self._service.protocol == "grpc":
            yield from _grpc_method(placed)
        yield from _retry_timeouts(placed)

    def _retry_conditions(self, placed: Placed) -> Iterator[Problem]:
        retry, grpc = placed.route.retry, self._service.protocol == "grpc"
        for index, condition in enumerate((retry.on or ()) if retry else ()):
            if (condition in GRPC_CONDITIONS) != grpc:
                yield _problem(
                    placed,
                    f"{placed.key('retry')}.on.{index}",
                    f'"{condition}", where `protocol` is {self._service.protocol}',
                    one_of(GRPC_CONDITIONS) if grpc else "5xx, gateway-error, a status or a range",
                    "Correct it, or the service's `protocol`: gRPC says in `grpc-status` what "
                    "failed, and HTTP in the status.",
                )


def _grpc_method(placed: Placed) -> Iterator[Problem]:
    route = placed.route
    if route.method != "POST" or not _GRPC_PATH.fullmatch(route.path):
        yield _problem(
            placed,
            placed.path,
            f'"{route.name}", which is no gRPC method',
            "`method: POST` with a path such as /package.Service/Method",
            "Correct it, or the service's `protocol`.",
        )


def _unreachable_classes(placed: Placed) -> Iterator[Problem]:
    classes = placed.route.response_classes
    for index, each in enumerate(classes):
        for earlier in classes[:index]:
            if earlier.min <= each.min and each.last <= earlier.last:
                yield _problem(
                    placed,
                    f"{placed.key('responseClasses')}.{index}",
                    f"{each.min} to {each.last}, which is in an earlier class",
                    "classes that an answer can be in: the first one decides",
                    "Delete it, or move it to the front.",
                )
                break


def _retry_timeouts(placed: Placed) -> Iterator[Problem]:
    route = placed.route
    if route.retry is None:
        return
    if route.timeout is None:
        yield _missing_timeout(placed)
    elif milliseconds(route.timeout) < milliseconds(route.retry.timeout):
        yield _problem(
            placed,
            placed.key("timeout"),
            f"{route.timeout}, less than one try's {route.retry.timeout}",
            "at least the timeout of one try",
            "Raise it: the time for all tries together is meant.",
        )


def _missing_timeout(placed: Placed) -> Problem:
    key = placed.key("timeout")
    return _problem(
        placed,
        key,
        "retries without a timeout",
        "a duration for the request with all its retries",
        f"Add `{key.rpartition('.')[2]}`: without it a slow service is asked again and again.",
    )


def _problem(placed: Placed, path: str, found: str, allowed: str, fix: str) -> Problem:
    return Problem(file=placed.file, path=path, found=found, allowed=allowed, fix=fix)

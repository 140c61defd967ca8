"""The style ``route``: an HTTPRoute or GRPCRoute for each route, and one for all other requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.config.catalogue.model import Route
from components.linkerd.paths import has_parameters, regex
from components.names import default_route, http_route
from components.plan.weights import TOTAL, Testers
from components.resources.objects import Context, custom_resource
from components.resources.specs.gateway_api import (
    GATEWAY_API,
    BackendRef,
    HeaderMatch,
    ParentRef,
    RouteMatch,
    RouteRule,
    RouteSpec,
)
from components.resources.specs.gateway_api import route as route_kind
from components.traffic import annotations as linkerd_annotations

_EVERY_PATH: RouteMatch = {"path": {"type": "PathPrefix", "value": "/"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRoutesArgs:
    """The routes of one service. ``backends`` maps a Service's name to its weight.

    Requests with the headers of ``testers`` go to another backend, with the same retries and
    timeouts. ``grpc`` asks for GRPCRoutes, since HTTPRoutes cannot tell which gRPC requests failed.
    """

    context: Context
    api_version: str
    port: int
    routes: Sequence[Route]
    backends: Mapping[str, int]
    testers: Testers | None = None
    grpc: bool = False


class HttpRoutes(pulumi.ComponentResource):
    """An HTTPRoute or GRPCRoute for each route, with its own retries and timeout."""

    def __init__(
        self, name: str, args: HttpRoutesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the routes of the service called ``name``."""
        super().__init__("platform:traffic:HttpRoutes", name, None, opts)
        self._owner, self._args = name, args
        matched = _method if args.grpc else match
        rest: RouteMatch = {} if args.grpc else _EVERY_PATH
        for route in args.routes:
            annotations = linkerd_annotations.route(route, grpc=args.grpc)
            self._route(http_route(name, route.name), annotations, matched(route))
        # Linkerd answers requests that no route matches with 404, so they need a route, too:
        # https://linkerd.io/2-edge/reference/httproute/
        self._route(default_route(name), {}, rest)
        self.register_outputs({})

    def _route(self, name: str, annotations: Mapping[str, str], match: RouteMatch) -> None:
        args = self._args
        custom_resource(
            name,
            route_kind("GRPCRoute", GATEWAY_API)
            if args.grpc
            else route_kind("HTTPRoute", args.api_version),
            RouteSpec(parentRefs=[self._parent()], rules=self._rules(match)),
            metadata=args.context.metadata(name, self._owner, annotations=annotations),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _parent(self) -> ParentRef:
        return {"group": "core", "kind": "Service", "name": self._owner, "port": self._args.port}

    def _rules(self, match: RouteMatch) -> list[RouteRule]:
        """The testers' rule comes first. It is also more specific, since it matches headers."""
        rules = [self._rule(match, self._args.backends)]
        testers = self._args.testers
        if testers is not None:
            headers: list[HeaderMatch] = [
                {"type": "Exact", "name": name, "value": value}
                for name, value in testers.headers.items()
            ]
            rules.insert(0, self._rule({**match, "headers": headers}, {testers.backend: TOTAL}))
        return rules

    def _rule(self, match: RouteMatch, backends: Mapping[str, int]) -> RouteRule:
        refs: list[BackendRef] = [
            {"name": name, "port": self._args.port, "weight": weight}
            for name, weight in backends.items()
        ]
        return {"matches": [match], "backendRefs": refs}


def match(route: Route) -> RouteMatch:
    """The match of an HTTPRoute for exactly the requests of the catalogue's route."""
    kind, value = (
        ("RegularExpression", regex(route.path))
        if has_parameters(route.path)
        else ("Exact", route.path)
    )
    return {"method": route.method, "path": {"type": kind, "value": value}}


def _method(route: Route) -> RouteMatch:
    _, service, method = route.path.split("/")
    return {"method": {"type": "Exact", "service": service, "method": method}}

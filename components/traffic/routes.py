"""The style ``route``: an HTTPRoute or GRPCRoute for each route, and one for all other requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.config.catalogue.model import Route
from components.linkerd.paths import has_parameters, regex
from components.names import slug
from components.plan.weights import TOTAL, Testers
from components.resources.labels import labels
from components.traffic import annotations as linkerd_annotations

GRPC_API = "gateway.networking.k8s.io/v1"
_EVERY_PATH = {"path": {"type": "PathPrefix", "value": "/"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRoutesArgs:
    """The routes of one service. ``backends`` maps a Service's name to its weight.

    Requests of ``testers`` go to their own backend instead, with the same retries and timeouts.
    ``grpc`` asks for GRPCRoutes, since HTTPRoutes do not see which gRPC requests failed.
    """

    namespace: str
    api_version: str
    port: int
    routes: Sequence[Route]
    backends: Mapping[str, int]
    testers: Testers | None = None
    grpc: bool = False


class HttpRoutes(pulumi.ComponentResource):
    """Gives each route its own retries and timeout, over the same backends."""

    def __init__(
        self, name: str, args: HttpRoutesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the routes of the service called ``name``."""
        super().__init__("platform:traffic:HttpRoutes", name, None, opts)
        self._owner, self._args = name, args
        matched, rest = (_method, {}) if args.grpc else (match, _EVERY_PATH)
        for route in args.routes:
            annotations = linkerd_annotations.route(route, grpc=args.grpc)
            self._route(slug(name, route.name), annotations, matched(route))
        # Linkerd answers what no route matches with 404, so the rest needs a route as well:
        # https://linkerd.io/2-edge/reference/httproute/
        self._route(f"{name}-default", {}, rest)
        self.register_outputs({})

    def _route(self, name: str, annotations: Mapping[str, str], match: Mapping[str, Any]) -> None:
        k8s.apiextensions.CustomResource(
            name,
            api_version=GRPC_API if self._args.grpc else self._args.api_version,
            kind="GRPCRoute" if self._args.grpc else "HTTPRoute",
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=name,
                namespace=self._args.namespace,
                labels=labels(self._owner),
                annotations=dict(annotations) or None,
            ),
            spec={"parentRefs": [self._parent()], "rules": self._rules(match)},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _parent(self) -> dict[str, Any]:
        return {"group": "core", "kind": "Service", "name": self._owner, "port": self._args.port}

    def _rules(self, match: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The testers' rule comes first; with more to match it is the more specific one, too."""
        rules = [self._rule(match, self._args.backends)]
        testers = self._args.testers
        if testers is not None:
            headers = [
                {"type": "Exact", "name": name, "value": value}
                for name, value in testers.headers.items()
            ]
            rules.insert(0, self._rule({**match, "headers": headers}, {testers.backend: TOTAL}))
        return rules

    def _rule(self, match: Mapping[str, Any], backends: Mapping[str, int]) -> dict[str, Any]:
        return {
            "matches": [match],
            "backendRefs": [
                {"name": name, "port": self._args.port, "weight": weight}
                for name, weight in backends.items()
            ],
        }


def match(route: Route) -> dict[str, Any]:
    """What an HTTPRoute matches to match exactly the catalogue's route."""
    kind, value = (
        ("RegularExpression", regex(route.path))
        if has_parameters(route.path)
        else ("Exact", route.path)
    )
    return {"method": route.method, "path": {"type": kind, "value": value}}


def _method(route: Route) -> dict[str, Any]:
    _, service, method = route.path.split("/")
    return {"method": {"type": "Exact", "service": service, "method": method}}

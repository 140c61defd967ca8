"""The style ``route``: an HTTPRoute for each route, and one for every other request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.catalogue import Route
from components.names import slug
from components.traffic import linkerd_annotations
from components.traffic.paths import has_parameters, regex
from components.workloads.labels import labels


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRoutesArgs:
    """The routes of one service. ``backends`` maps a Service's name to its weight."""

    namespace: str
    api_version: str
    port: int
    routes: Sequence[Route]
    backends: Mapping[str, int]


class HttpRoutes(pulumi.ComponentResource):
    """Gives each route its own retries and timeout, over the same backends."""

    def __init__(
        self, name: str, args: HttpRoutesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the HTTPRoutes of the service called ``name``."""
        super().__init__("platform:traffic:HttpRoutes", name, None, opts)
        self._owner, self._args = name, args
        for route in args.routes:
            metadata = linkerd_annotations.route(route)
            self._http_route(slug(name, route.name), metadata, [match(route)])
        # Linkerd answers what no route matches with 404, so the rest needs a route as well:
        # https://linkerd.io/2-edge/reference/httproute/
        self._http_route(f"{name}-default", {}, [{"path": {"type": "PathPrefix", "value": "/"}}])
        self.register_outputs({})

    def _http_route(
        self, name: str, metadata: Mapping[str, str], matches: Sequence[Mapping[str, Any]]
    ) -> None:
        k8s.apiextensions.CustomResource(
            name,
            api_version=self._args.api_version,
            kind="HTTPRoute",
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=name,
                namespace=self._args.namespace,
                labels=labels(self._owner),
                annotations=dict(metadata) or None,
            ),
            spec={"parentRefs": [self._parent()], "rules": [self._rule(matches)]},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _parent(self) -> dict[str, Any]:
        return {"group": "core", "kind": "Service", "name": self._owner, "port": self._args.port}

    def _rule(self, matches: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        backends = [
            {"name": name, "port": self._args.port, "weight": weight}
            for name, weight in self._args.backends.items()
        ]
        return {"matches": list(matches), "backendRefs": backends}


def match(route: Route) -> dict[str, Any]:
    """What an HTTPRoute matches to match exactly the catalogue's route."""
    kind, value = (
        ("RegularExpression", regex(route.path))
        if has_parameters(route.path)
        else ("Exact", route.path)
    )
    return {"method": route.method, "path": {"type": kind, "value": value}}

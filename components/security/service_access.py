"""Each door of a service or store is open to its callers, and to nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.config.stack.gateway import EVERYWHERE
from components.linkerd.shared import words
from components.names import slug
from components.plan.access import Door, RouteAccess
from components.resources.labels import selector, selector_of_any
from components.security.policy_objects import PolicyContext, PolicyObjects
from components.traffic.routes import match

# The policy pack lets nobody in without a mesh identity, unless the object says why.
ALLOW_UNAUTHENTICATED = words.ALLOW_UNAUTHENTICATED
_PROBES = {ALLOW_UNAUTHENTICATED: "The kubelet, which probes this pod, has no mesh identity."}
_CLIENTS = {ALLOW_UNAUTHENTICATED: "The catalogue's gateway serves clients outside the mesh."}
_CLOSED = {words.REFUSE_ALL: "No entry of the catalogue calls this port."}
_PROXY_PROTOCOLS = {"http": "HTTP/1", "http2": "HTTP/2", "grpc": "gRPC", "tcp": "opaque"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccessArgs:
    """The doors of one owner, and how its objects are written.

    ``open_to`` are the networks whose clients may dial the main port without a mesh identity; only
    a gateway has some.
    """

    doors: Sequence[Door]
    context: PolicyContext
    open_to: Sequence[str] = ()


class ServiceAccess(pulumi.ComponentResource):
    """A Server for each door, which refuses everybody, and authorizations for its callers.

    A door without callers has a Server alone. The kubelet's HTTP probes need nothing: Linkerd lets
    them in as long as no route is attached to the Server; where routes are, they get their own.
    Sources: https://linkerd.io/2-edge/reference/authorization-policy/,
    https://linkerd.io/2-edge/features/server-policy/
    """

    def __init__(
        self, name: str, args: ServiceAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the objects of the service or store called ``name``."""
        super().__init__("platform:security:ServiceAccess", name, None, opts)
        self._args = args
        self._write = PolicyObjects(name, args.context, self)
        for door in args.doors:
            before = [*self._callers(door), *self._routes(door)]
            if args.open_to and door.name == name:
                before += self._outside(door)
            self._server(door, before)
        self.register_outputs({})

    def _server(self, door: Door, after: Sequence[pulumi.Resource]) -> None:
        # Linkerd looks for HTTPRoutes only where it expects HTTP: gRPC is HTTP/2, too.
        routed = door.protocol == "grpc" and door.routes
        self._write.server(
            door.name,
            pods=_selector(door.pods),
            port=door.port,
            protocol="HTTP/2" if routed else _PROXY_PROTOCOLS[door.protocol],
            annotations=None if after else _CLOSED,
            after=after,
        )

    def _callers(self, door: Door) -> list[pulumi.Resource]:
        if not door.callers:
            return []
        made = [self._write.mesh(door.name, door.callers)]
        # An authorization of the Server would be one of all its routes.
        return made if door.routes else [*made, self._authorize_mesh(door.name, "Server")]

    def _authorize_mesh(
        self, name: str, kind: str, authentication: str | None = None
    ) -> pulumi.Resource:
        return self._write.authorization(
            name,
            target=(kind, name),
            by="MeshTLSAuthentication",
            authentication=authentication or name,
        )

    def _routes(self, door: Door) -> list[pulumi.Resource]:
        if not door.routes:
            return []
        made = [one for access in door.routes for one in self._route(door, access)]
        return [*made, *self._probes(door)]

    def _route(self, door: Door, access: RouteAccess) -> list[pulumi.Resource]:
        name = f"{door.name}.{slug(access.route.name)}"
        made = [self._write.http_route(name, server=door.name, matches=[match(access.route)])]
        if access.callers == door.callers and door.callers:
            return [*made, self._authorize_mesh(name, "HTTPRoute", door.name)]
        if access.callers:
            made += [
                self._write.mesh(name, access.callers),
                self._authorize_mesh(name, "HTTPRoute"),
            ]
        return made

    def _probes(self, door: Door) -> list[pulumi.Resource]:
        if not door.probes:
            return []
        name = f"{door.name}.probes"
        matches: list[dict[str, Any]] = [
            {"method": "GET", "path": {"type": "Exact", "value": path}} for path in door.probes
        ]
        return [
            self._write.http_route(name, server=door.name, matches=matches),
            self._write.network(name, EVERYWHERE),
            self._open(name, "HTTPRoute", name, _PROBES),
        ]

    def _outside(self, door: Door) -> list[pulumi.Resource]:
        name = f"{door.name}.clients"
        return [
            self._write.network(name, self._args.open_to),
            self._open(name, "Server", door.name, _CLIENTS),
        ]

    def _open(self, name: str, kind: str, target: str, reason: dict[str, str]) -> pulumi.Resource:
        return self._write.authorization(
            name,
            target=(kind, target),
            by="NetworkAuthentication",
            authentication=name,
            annotations=reason,
        )


def _selector(pods: Sequence[str]) -> dict[str, Any]:
    if len(pods) == 1:
        return {"matchLabels": selector(pods[0])}
    return {"matchExpressions": [selector_of_any(pods)]}

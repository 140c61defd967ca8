"""Only the callers of a service or store may reach its ports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components import names
from components.config.stack.gateway import EVERYWHERE
from components.linkerd.shared import words
from components.plan.access import InboundRule, RouteAccess
from components.resources.labels import selector, selector_of_any
from components.resources.specs.gateway_api import RouteMatch
from components.resources.specs.policy import PodSelector
from components.security.policy_objects import PolicyContext, PolicyObjects
from components.traffic.routes import match

# The policy pack refuses an object that admits clients without a mesh identity, unless the object
# gives a reason in this annotation.
ALLOW_UNAUTHENTICATED = words.ALLOW_UNAUTHENTICATED
_PROBES = {ALLOW_UNAUTHENTICATED: "The kubelet, which probes this pod, has no mesh identity."}
_CLIENTS = {ALLOW_UNAUTHENTICATED: "The catalogue's gateway serves clients outside the mesh."}
_CLOSED = {words.REFUSE_ALL: "No entry of the catalogue calls this port."}
_PROXY_PROTOCOLS = {"http": "HTTP/1", "http2": "HTTP/2", "grpc": "gRPC", "tcp": "opaque"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAccessArgs:
    """The rules for one owner's ports, and how its objects are written.

    Clients in the networks ``open_to`` may call the main port without a mesh identity. Only the
    gateway has such clients.
    """

    rules: Sequence[InboundRule]
    context: PolicyContext
    open_to: Sequence[str] = ()


class ServiceAccess(pulumi.ComponentResource):
    """A Server for each port, which refuses every client, and authorizations for its callers.

    A port without callers has only a Server. Linkerd admits the kubelet's HTTP probes by itself if
    no route is attached to the Server. With routes, the probes get their own route.
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
        for rule in args.rules:
            before = [*self._callers(rule), *self._routes(rule)]
            if args.open_to and rule.name == name:
                before += self._clients(rule)
            self._server(rule, before)
        self.register_outputs({})

    def _server(self, rule: InboundRule, depends_on: Sequence[pulumi.Resource]) -> None:
        # Linkerd applies HTTPRoutes only to HTTP protocols. gRPC is HTTP/2, too.
        routed = rule.protocol == "grpc" and rule.routes
        self._write.server(
            rule.name,
            pods=_selector(rule.pods),
            port=rule.port,
            protocol="HTTP/2" if routed else _PROXY_PROTOCOLS[rule.protocol],
            annotations=None if depends_on else _CLOSED,
            depends_on=depends_on,
        )

    def _callers(self, rule: InboundRule) -> list[pulumi.Resource]:
        if not rule.callers:
            return []
        made = [self._write.mesh(rule.name, rule.callers)]
        # To authorize the Server would authorize all its routes.
        return made if rule.routes else [*made, self._authorize_mesh(rule.name, "Server")]

    def _authorize_mesh(
        self, name: str, kind: str, authentication: str | None = None
    ) -> pulumi.Resource:
        return self._write.authorization(
            name,
            target=(kind, name),
            by="MeshTLSAuthentication",
            authentication=authentication or name,
        )

    def _routes(self, rule: InboundRule) -> list[pulumi.Resource]:
        if not rule.routes:
            return []
        parts = names.distinct({access.route.name for access in rule.routes})
        made = [
            one
            for access in rule.routes
            for one in self._route(rule, access, parts[access.route.name])
        ]
        return [*made, *self._probes(rule)]

    def _route(self, rule: InboundRule, access: RouteAccess, part: str) -> list[pulumi.Resource]:
        name = names.server(rule.name, part)
        made = [self._write.http_route(name, server=rule.name, matches=[match(access.route)])]
        if access.callers == rule.callers and rule.callers:
            return [*made, self._authorize_mesh(name, "HTTPRoute", rule.name)]
        if access.callers:
            made += [
                self._write.mesh(name, access.callers),
                self._authorize_mesh(name, "HTTPRoute"),
            ]
        return made

    def _probes(self, rule: InboundRule) -> list[pulumi.Resource]:
        if not rule.probes:
            return []
        name = names.probes(rule.name)
        matches: list[RouteMatch] = [
            {"method": "GET", "path": {"type": "Exact", "value": path}} for path in rule.probes
        ]
        return [
            self._write.http_route(name, server=rule.name, matches=matches),
            self._write.network(name, EVERYWHERE),
            self._open(name, "HTTPRoute", name, _PROBES),
        ]

    def _clients(self, rule: InboundRule) -> list[pulumi.Resource]:
        name = names.clients(rule.name)
        return [
            self._write.network(name, self._args.open_to),
            self._open(name, "Server", rule.name, _CLIENTS),
        ]

    def _open(self, name: str, kind: str, target: str, reason: dict[str, str]) -> pulumi.Resource:
        return self._write.authorization(
            name,
            target=(kind, target),
            by="NetworkAuthentication",
            authentication=name,
            annotations=reason,
        )


def _selector(pods: Sequence[str]) -> PodSelector:
    if len(pods) == 1:
        return {"matchLabels": selector(pods[0])}
    return {"matchExpressions": [selector_of_any(pods)]}

"""The Gateway API (gateway.networking.k8s.io).

Source: https://gateway-api.sigs.k8s.io/reference/spec/
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from components.resources.specs.kind import Kind, ObjectName


class ParentRef(TypedDict):
    name: str
    group: NotRequired[str]
    kind: NotRequired[str]
    namespace: NotRequired[str]
    port: NotRequired[int]


class PathMatch(TypedDict):
    type: str
    value: str


class HeaderMatch(TypedDict):
    type: str
    name: str
    value: str


class MethodMatch(TypedDict):
    type: str
    service: str
    method: str


class RouteMatch(TypedDict, total=False):
    method: str | MethodMatch
    path: PathMatch
    headers: list[HeaderMatch]


class BackendRef(TypedDict):
    name: str
    port: int
    group: NotRequired[str]
    kind: NotRequired[str]
    weight: NotRequired[int]


class RouteRule(TypedDict, total=False):
    matches: list[RouteMatch]
    backendRefs: list[BackendRef]


class RouteSpec(TypedDict):
    """An HTTPRoute, GRPCRoute, TLSRoute or TCPRoute. A TCPRoute has no ``hostnames``."""

    parentRefs: list[ParentRef]
    rules: list[RouteRule]
    hostnames: NotRequired[list[str]]


NamespacesFrom = TypedDict("NamespacesFrom", {"from": Literal["Same", "All"]})


class AllowedRoutes(TypedDict):
    namespaces: NamespacesFrom


class ListenerTls(TypedDict):
    mode: Literal["Terminate"]
    certificateRefs: list[ObjectName]


class Listener(TypedDict):
    name: str
    hostname: str
    protocol: Literal["HTTP", "HTTPS"]
    port: int
    allowedRoutes: AllowedRoutes
    tls: NotRequired[ListenerTls]


class GatewaySpec(TypedDict):
    """A Gateway."""

    gatewayClassName: str
    listeners: list[Listener]


GATEWAY_API = "gateway.networking.k8s.io/v1"
GATEWAY = Kind[GatewaySpec]("Gateway", GATEWAY_API)


def route(kind: str, api_version: str = GATEWAY_API) -> Kind[RouteSpec]:
    """A kind of route: ``HTTPRoute``, ``GRPCRoute``, ``TLSRoute`` or ``TCPRoute``."""
    return Kind(kind, api_version)

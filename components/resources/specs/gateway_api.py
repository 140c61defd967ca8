"""The Gateway API (gateway.networking.k8s.io).

Source: https://gateway-api.sigs.k8s.io/reference/spec/
"""

from __future__ import annotations

from typing import Literal, TypedDict

from components.resources.specs.kind import Kind, ObjectName


class _ParentRef(TypedDict):
    name: str


class ParentRef(_ParentRef, total=False):
    group: str
    kind: str
    namespace: str
    port: int


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


class _BackendRef(TypedDict):
    name: str
    port: int


class BackendRef(_BackendRef, total=False):
    group: str
    kind: str
    weight: int


class RouteRule(TypedDict, total=False):
    matches: list[RouteMatch]
    backendRefs: list[BackendRef]


class _Route(TypedDict):
    parentRefs: list[ParentRef]
    rules: list[RouteRule]


class RouteSpec(_Route, total=False):
    """An HTTPRoute, GRPCRoute, TLSRoute or TCPRoute. A TCPRoute has no ``hostnames``."""

    hostnames: list[str]


NamespacesFrom = TypedDict("NamespacesFrom", {"from": Literal["Same", "All"]})


class AllowedRoutes(TypedDict):
    namespaces: NamespacesFrom


class ListenerTls(TypedDict):
    mode: Literal["Terminate"]
    certificateRefs: list[ObjectName]


class _Listener(TypedDict):
    name: str
    hostname: str
    protocol: Literal["HTTP", "HTTPS"]
    port: int
    allowedRoutes: AllowedRoutes


class Listener(_Listener, total=False):
    tls: ListenerTls


class GatewaySpec(TypedDict):
    """A Gateway."""

    gatewayClassName: str
    listeners: list[Listener]


GATEWAY_API = "gateway.networking.k8s.io/v1"
GATEWAY = Kind[GatewaySpec]("Gateway", GATEWAY_API)


def route(kind: str, api_version: str = GATEWAY_API) -> Kind[RouteSpec]:
    """A kind of route: ``HTTPRoute``, ``GRPCRoute``, ``TLSRoute`` or ``TCPRoute``."""
    return Kind(kind, api_version)

"""The routes of a service with two versions in the style ``route``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.configuration import SERVICE, catalogue
from tests.unit.components import program

VERSIONS: dict[str, Any] = {"v1": {}, "v2": {}}
GET = {"method": "GET", "path": "/a"}
RETRY = {"limit": 2, "timeout": "500ms"}
GRPC_ROUTE = "kubernetes:gateway.networking.k8s.io/v1:GRPCRoute"
HTTP_ROUTE = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"


def route(**keys: Any) -> dict[str, Any]:
    return {**GET, **keys}


def http_routes(root: Path, canary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The HTTPRoutes of a service in the style ``route`` with two versions."""
    return routes_of(HTTP_ROUTE, root, canary, routes=[route(retry=RETRY, timeout="2s")])


def routes_of(
    kind: str, root: Path, canary: dict[str, Any], **entry: Any
) -> dict[str, dict[str, Any]]:
    """The routes of a kind of a service in the style ``route`` with two versions."""
    service = {**SERVICE, "style": "route", "versions": VERSIONS, **entry}
    document = catalogue(api=service)
    return program.of_catalogue(root, document, "local", canaries={"api": canary}).of(kind)

"""The routes of a canary for testers, as the API server takes them with the real CRDs."""

from __future__ import annotations

from pathlib import Path

from components.config.http_scalars import MOST_HEADERS
from tests.cluster.checkout import Project, Run
from tests.cluster.linkerd.api import Api
from tests.support.routes import GRPC_ROUTE, http_routes, routes_of

NAMES = ["x-!#$%&'*+-.^_`|~0", "x" * 256, *(f"x-{number}" for number in range(MOST_HEADERS - 2))]
VALUES = ["true", "~" * 4096, *("a b" for _ in range(MOST_HEADERS - 2))]
HEADERS = dict(zip(NAMES, VALUES, strict=True))


def test_the_largest_headers_are_taken_as_written(
    deployed: tuple[Project, Run], tmp_path: Path
) -> None:
    api = Api.of(deployed)
    for route in http_routes(tmp_path, {"weight": 0, "headers": HEADERS}).values():
        rules = api.try_create(route).object["spec"]["rules"]
        assert [rule["matches"] for rule in rules] == [
            rule["matches"] for rule in route["spec"]["rules"]
        ]
        headers = {each["name"]: each["value"] for each in rules[0]["matches"][0]["headers"]}
        assert headers == HEADERS


def test_grpcroutes_are_taken_as_written(deployed: tuple[Project, Run], tmp_path: Path) -> None:
    api = Api.of(deployed)
    canary = {"weight": 0, "headers": {"x-canary": "true"}}
    method = {"method": "POST", "path": "/shop.Cart/Get"}
    found = routes_of(GRPC_ROUTE, tmp_path, canary, protocol="grpc", routes=[method])
    assert len(found) == 2
    for route in found.values():
        rules = api.try_create(route).object["spec"]["rules"]
        assert [rule["matches"] for rule in rules] == [
            rule["matches"] for rule in route["spec"]["rules"]
        ]


def test_one_more_header_would_be_refused(deployed: tuple[Project, Run], tmp_path: Path) -> None:
    """Why the config takes no more."""
    route = http_routes(tmp_path, {"weight": 0, "headers": HEADERS})["api-default"]
    route["spec"]["rules"][0]["matches"][0]["headers"].append(
        {"type": "Exact", "name": "x-more", "value": "1"}
    )
    error = Api.of(deployed).try_create(route).error
    assert f"must have at most {MOST_HEADERS} items" in error

"""Response classes, retry budgets, retry conditions, and canaries that testers see first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.config.catalogue.model import RetryBudget, Route
from components.traffic import annotations as linkerd_annotations
from components.traffic.service_profile import profile_spec
from tests.support.configuration import SERVICE, catalogue, problems
from tests.support.routes import (
    GRPC_ROUTE,
    RETRY,
    VERSIONS,
    http_routes,
    route,
    routes_of,
)

LEAF = [{"name": "api-v2", "port": 8080, "weight": 1000}]


def test_response_classes_in_a_profile() -> None:
    classes = [{"min": 429}, {"min": 503, "isFailure": False}, {"min": 500, "max": 599}]
    written = Route.model_validate(route(responseClasses=classes))
    (found,) = profile_spec([written], RetryBudget())["routes"]
    assert found["responseClasses"] == [
        {"condition": {"status": {"min": 429, "max": 429}}, "isFailure": True},
        {"condition": {"status": {"min": 503, "max": 503}}},
        {"condition": {"status": {"min": 500, "max": 599}}, "isFailure": True},
    ]


def test_a_retry_budget_in_a_profile() -> None:
    given = {"ratio": 0.1, "minRetriesPerSecond": 5, "ttl": "30s"}
    spec = profile_spec([], RetryBudget.model_validate(given))
    assert spec["retryBudget"] == {"retryRatio": 0.1, "minRetriesPerSecond": 5, "ttl": "30s"}


def test_retries_of_chosen_statuses() -> None:
    on = ["5xx", 429, "500-504", "gateway-error"]
    written = Route.model_validate(route(retry={**RETRY, "on": on}))
    annotations = linkerd_annotations.route(written)
    assert annotations["retry.linkerd.io/http"] == "5xx,429,500-504,gateway-error"


MARK = "policy.linkerd-platform.dev/idempotent"


def test_a_profile_names_the_retried_routes_that_are_idempotent() -> None:
    changes: list[dict[str, Any]] = [
        {"method": "POST", "path": "/a,b", "idempotent": True, "retryable": True},
        {"method": "PATCH", "path": "/c", "idempotent": True, "retryable": True},
        {"method": "POST", "path": "/d", "idempotent": True},
        {"method": "POST", "path": "/e"},
        {"method": "PUT", "path": "/f", "idempotent": True, "retryable": True},
    ]
    written = [Route.model_validate(route(**each)) for each in changes]
    assert linkerd_annotations.profile(written) == {MARK: "POST /a,b, PATCH /c"}
    assert linkerd_annotations.profile(written[2:]) == {}


@pytest.mark.parametrize(
    ("method", "idempotent", "marked"),
    [("POST", True, True), ("PATCH", True, True), ("GET", True, False), ("GET", False, False)],
)
def test_a_retried_http_route_is_marked_where_it_must_be(
    method: str, idempotent: bool, marked: bool
) -> None:
    found = route(method=method, path="/a", idempotent=idempotent, retry=RETRY)
    annotations = linkerd_annotations.route(Route.model_validate(found))
    assert annotations.get(MARK) == (
        f"{method} /a is idempotent by the catalogue" if marked else None
    )


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a status below all": ({"min": 99}, "min", "100 to 599"),
    "a status above all": ({"min": 500, "max": 600}, "max", "100 to 599"),
    "a status that is yes": ({"min": True}, "min", "a number"),
    "no status": ({"isFailure": True}, "min", "a value"),
    "a range upside down": ({"min": 500, "max": 400}, "", "`max` of at least `min`"),
    "a word for failure": ({"min": 500, "isFailure": "perhaps"}, "isFailure", "true or false"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_response_class_that_linkerd_would_refuse(tmp_path: Path, case: str) -> None:
    given, key, allowed = REFUSED[case]
    found = problems(
        tmp_path, catalogue(api={**SERVICE, "routes": [route(responseClasses=[given])]})
    )
    path = ".".join(filter(None, ("services.api.routes.0.responseClasses.0", key)))
    assert list(found) == [path]
    assert allowed in found[path].allowed


def test_a_class_that_no_answer_can_be_in(tmp_path: Path) -> None:
    classes = [{"min": 400, "max": 499}, {"min": 404, "isFailure": False}]
    found = problems(
        tmp_path, catalogue(api={**SERVICE, "routes": [route(responseClasses=classes)]})
    )
    assert list(found) == ["services.api.routes.0.responseClasses.1"]
    assert "to the front" in found["services.api.routes.0.responseClasses.1"].fix


@pytest.mark.parametrize(
    ("entry", "fix"),
    [
        pytest.param({"style": "route"}, "on: [5xx, 429]", id="route"),
        pytest.param({"protocol": "grpc"}, "`grpc-status`", id="grpc"),
    ],
)
def test_response_classes_where_they_mean_nothing(
    tmp_path: Path, entry: dict[str, Any], fix: str
) -> None:
    service = {**SERVICE, "routes": [route(responseClasses=[{"min": 429}])], **entry}
    found = problems(tmp_path, catalogue(api=service))
    assert list(found) == ["services.api.routes.0.responseClasses"]
    assert fix in found["services.api.routes.0.responseClasses"].fix


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ratio", -0.1),
        ("ratio", 1.1),
        ("ratio", True),
        ("ratio", float("nan")),
        ("minRetriesPerSecond", -1),
        ("minRetriesPerSecond", 101),
        ("minRetriesPerSecond", False),
        ("ttl", "999ms"),
        ("ttl", "61s"),
        ("ttl", "1d"),
    ],
)
def test_a_retry_budget_that_a_proxy_would_drop(tmp_path: Path, key: str, value: Any) -> None:
    found = problems(tmp_path, catalogue(api={**SERVICE, "retryBudget": {key: value}}))
    assert list(found) == [f"services.api.retryBudget.{key}"]


@pytest.mark.parametrize("condition", ["500-400", "4xx", "600", 99, "500, 503", True, ""])
def test_a_retry_condition_that_linkerd_cannot_read(tmp_path: Path, condition: Any) -> None:
    written = route(retry={**RETRY, "on": [condition]}, timeout="2s")
    found = problems(tmp_path, catalogue(api={**SERVICE, "style": "route", "routes": [written]}))
    assert list(found) == ["services.api.routes.0.retry.on.0"]


@pytest.mark.parametrize(
    ("on", "written"),
    [
        pytest.param(None, "unavailable", id="default"),
        pytest.param(["internal", "cancelled"], "internal,cancelled", id="chosen"),
    ],
)
def test_grpc_is_retried_by_its_own_statuses(
    tmp_path: Path, on: list[str] | None, written: str
) -> None:
    retry = {**RETRY, **({"on": on} if on else {})}
    method = {"method": "POST", "path": "/shop.Cart/Get", "idempotent": True}
    service = {"protocol": "grpc", "routes": [{**method, "retry": retry, "timeout": "2s"}]}
    canary = {"weight": 0, "headers": {"x-canary": "true"}}
    found = routes_of(GRPC_ROUTE, tmp_path, canary, **service)
    assert found.keys() == {"api-post-shop-cart-get", "api-default"}
    assert found["api-post-shop-cart-get"]["metadata"]["annotations"] == {
        "pulumi.com/deletionPropagationPolicy": "background",
        "policy.linkerd-platform.dev/idempotent": "POST /shop.Cart/Get is idempotent by the "
        "catalogue",
        "retry.linkerd.io/grpc": written,
        "retry.linkerd.io/limit": "2",
        "retry.linkerd.io/timeout": "500ms",
        "timeout.linkerd.io/request": "2s",
    }
    headers = [{"type": "Exact", "name": "x-canary", "value": "true"}]
    exact = {"method": {"type": "Exact", "service": "shop.Cart", "method": "Get"}}
    for name, match in (("api-post-shop-cart-get", exact), ("api-default", {})):
        assert [rule["matches"] for rule in found[name]["spec"]["rules"]] == [
            [{**match, "headers": headers}],
            [match],
        ]


@pytest.mark.parametrize(
    ("protocol", "changes", "path"),
    [
        ("grpc", {"path": "/a/{b}"}, "routes.0"),
        ("grpc", {"path": "/shop.Cart"}, "routes.0"),
        ("grpc", {"path": "/shop..Cart/Get"}, "routes.0"),
        ("grpc", {"path": "/shöp.Cart/Get"}, "routes.0"),
        ("grpc", {"method": "PUT"}, "routes.0"),
        ("grpc", {"retry": {**RETRY, "on": ["5xx"]}}, "routes.0.retry.on.0"),
        ("http", {"retry": {**RETRY, "on": ["503", "unavailable"]}}, "routes.0.retry.on.1"),
    ],
)
def test_what_is_no_grpc_is_refused(
    tmp_path: Path, protocol: str, changes: dict[str, Any], path: str
) -> None:
    method = {"method": "POST", "path": "/shop.Cart/Get", "idempotent": True, "timeout": "2s"}
    entry = {"style": "route", "protocol": protocol, "routes": [{**method, **changes}]}
    found = problems(tmp_path, catalogue(api={**SERVICE, **entry}))
    assert list(found) == [f"services.api.{path}"]


def test_a_release_without_grpcroutes_is_refused(tmp_path: Path) -> None:
    entry = {"style": "route", "protocol": "grpc"}
    found = problems(tmp_path, catalogue(api={**SERVICE, **entry}), linkerd={"release": "2.14"})
    assert "GRPCRoutes" in found["linkerd.release"].found
    assert found["linkerd.release"].allowed == '"2.18" or later'


def test_two_httproutes_of_one_name_are_refused(tmp_path: Path) -> None:
    routes = [route(path="/a/b"), route(path="/a/{b}")]
    found = problems(tmp_path, catalogue(api={**SERVICE, "style": "route", "routes": routes}))
    assert list(found) == ["services.api.routes.1"]


@pytest.mark.parametrize("weight", [0, 10])
def test_testers_go_to_the_canary_whatever_its_weight(tmp_path: Path, weight: int) -> None:
    headers = {"X-Canary": "true", "x-team": "a b"}
    found = http_routes(tmp_path, {"weight": weight, "headers": headers})
    assert found.keys() == {"api-get-a", "api-default"}
    annotations = found["api-get-a"]["metadata"]["annotations"]
    assert annotations["retry.linkerd.io/limit"] == "2"
    assert annotations["timeout.linkerd.io/request"] == "2s"
    matched = [
        {"type": "Exact", "name": "x-canary", "value": "true"},
        {"type": "Exact", "name": "x-team", "value": "a b"},
    ]
    for each in found.values():
        testers, everybody = each["spec"]["rules"]
        (match,) = everybody["matches"]
        assert testers == {"matches": [{**match, "headers": matched}], "backendRefs": LEAF}
        assert [(b["name"], b["weight"]) for b in everybody["backendRefs"]] == [
            ("api", 1000 - weight * 10),
            ("api-v2", weight * 10),
        ]


def test_without_headers_there_is_one_rule(tmp_path: Path) -> None:
    for each in http_routes(tmp_path, {"weight": 10}).values():
        (rule,) = each["spec"]["rules"]
        assert "headers" not in rule["matches"][0]


def test_headers_are_refused_where_a_trafficsplit_divides(tmp_path: Path) -> None:
    canary = {"weight": 0, "headers": {"x-canary": "true"}}
    service = {**SERVICE, "versions": VERSIONS}
    found = problems(tmp_path, catalogue(api=service), canaries={"api": canary})
    assert list(found) == ["canaries.api.headers"]
    assert "Set `style: route` for api" in found["canaries.api.headers"].fix
    assert "no matches" in found["canaries.api.headers"].fix


HEADERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a space in the name": ({"x canary": "1"}, "headers.x canary", "letters, digits"),
    "a pseudo-header": ({":path": "/"}, "headers.:path", "letters, digits"),
    "no name": ({"": "1"}, "headers.", "letters, digits"),
    "too long a name": ({"x" * 257: "1"}, "headers." + "x" * 257, "letters, digits"),
    "a bare yes": ({"x-canary": True}, "headers.x-canary", "in quotes"),
    "a number": ({"x-canary": 1}, "headers.x-canary", "in quotes"),
    "an empty value": ({"x-canary": ""}, "headers.x-canary", "visible ASCII"),
    "a line break": ({"x-canary": "a\nb"}, "headers.x-canary", "visible ASCII"),
    "a space at the end": ({"x-canary": "a "}, "headers.x-canary", "visible ASCII"),
    "too long a value": ({"x-canary": "a" * 4097}, "headers.x-canary", "at most 4096"),
    "one name twice": ({"x-a": "1", "X-A": "2"}, "headers", "each header once"),
    "too many": ({f"x-{n}": "1" for n in range(17)}, "headers", "at most 16"),
}


@pytest.mark.parametrize("case", HEADERS)
def test_headers_that_no_request_can_have(tmp_path: Path, case: str) -> None:
    headers, path, allowed = HEADERS[case]
    service = {**SERVICE, "style": "route", "versions": VERSIONS}
    found = problems(
        tmp_path, catalogue(api=service), canaries={"api": {"weight": 1, "headers": headers}}
    )
    assert list(found) == [f"canaries.api.{path}"]
    assert allowed in found[f"canaries.api.{path}"].allowed

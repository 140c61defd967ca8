"""OpenAPI files: the routes are those of Linkerd's own command, and all mistakes are found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.config import loading
from components.config.catalogue import openapi
from components.config.catalogue.model import Route, Service
from components.config.problems import Problem
from tests.support.configuration import SERVICE, TWO, catalogue, loaded, problems
from tests.unit.components.openapi_files import linkerds_routes, our_routes
from tools import paths

OPERATION: dict[str, Any] = {"responses": {"200": {"description": "fine"}}}


def document(path: str = "/a", **operations: Any) -> dict[str, Any]:
    return {"openapi": "3.0.3", "paths": {path: operations or {"get": OPERATION}}}


def read(root: Path, file: Any, **service: Any) -> Service:
    """The service of a valid catalogue whose OpenAPI file this is."""
    (root / "api.yaml").write_text(yaml.safe_dump(file))
    entry = {**SERVICE, "openapi": "api.yaml", **service}
    return loaded(root, catalogue(api=entry)).catalogue.services["api"]


def refused(root: Path, file: Any, **service: Any) -> dict[str, Problem]:
    text = file if isinstance(file, str) else yaml.safe_dump(file)
    (root / "api.yaml").write_text(text)
    return problems(root, catalogue(api={**SERVICE, "openapi": "api.yaml", **service}))


def test_the_catalogues_own_file_is_read_as_linkerd_reads_it() -> None:
    file = paths.ROOT / "openapi" / "product-service.yaml"
    operations, found = openapi.read(file)
    assert found == []
    routes = our_routes([each.route for each in operations])
    assert routes == linkerds_routes(file)
    assert [route["name"] for route in routes] == ["GET /api/products", "GET /api/products/{id}"]


SPECIAL = {
    "swagger": "2.0",
    "basePath": "/v1/",
    "paths": {
        "/b/{x}.{y}/c+d~(e)-f": {
            "put": {"x-linkerd-timeout": "1500ms", "responses": {404: {}, 200: {}, 503: {}}},
            "delete": {},
            "parameters": [{"name": "x", "in": "path"}],
        },
        "/b/{x}": {"options": {"responses": {"default": {}, "5XX": {}}}, "head": {}, "get": None},
        "/": {"get": {"x-linkerd-retryable": False}},
        "/a$b": {"patch": {}, "post": {"x-linkerd-retryable": True, "x-linkerd-timeout": "2s"}},
        "x-internal": {"get": {}},
    },
}


@pytest.mark.parametrize("name", ["api.yaml", "api.json"])
def test_every_kind_of_operation_is_read_as_linkerd_reads_it(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    text = json.dumps(SPECIAL, indent="\t") if name == "api.json" else yaml.safe_dump(SPECIAL)
    file.write_text(text)
    operations, found = openapi.read(file)
    assert found == []
    expected = linkerds_routes(file)
    # Releases up to 2.13 drop the slash at the end of a path, later ones keep it: `path.Join` went
    # from pkg/profiles/openapi.go.
    assert (expected[0]["name"], operations[0].route.name) == ("GET /v1", "GET /v1/")
    assert our_routes([each.route for each in operations])[1:] == expected[1:]
    assert len(expected) == 7


SEGMENTS = st.one_of(
    st.from_regex(r"[a-zA-Z0-9_.~+*$()|^'!,;=:@%&-]{1,6}", fullmatch=True).filter(
        lambda text: set(text) != {"."}
    ),
    st.from_regex(r"([a-z.]{0,3})\{[a-zA-Z_]{1,5}\}([a-z.]{0,3})", fullmatch=True),
)
OPERATIONS = st.fixed_dictionaries(
    {},
    optional={
        "x-linkerd-retryable": st.booleans(),
        "x-linkerd-timeout": st.sampled_from(["500ms", "2s", "1m", "1500ms"]),
        "responses": st.dictionaries(
            st.integers(100, 599).map(str) | st.sampled_from(["default", "4XX"]),
            st.just({"description": ""}),
            max_size=4,
        ),
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {
        "openapi": st.sampled_from(["3.0.3", "3.1.0"]),
        "paths": st.dictionaries(
            st.lists(SEGMENTS, min_size=1, max_size=4).map(lambda parts: "/" + "/".join(parts)),
            st.dictionaries(
                st.sampled_from(["get", "put", "post", "delete", "options", "head", "patch"]),
                OPERATIONS,
                max_size=3,
            ),
            max_size=4,
        ),
    }
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(DOCUMENTS)
def test_any_file_is_read_as_linkerd_reads_it(tmp_path: Path, found: dict[str, Any]) -> None:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(found))
    operations, mistakes = openapi.read(file)
    assert mistakes == []
    assert our_routes([each.route for each in operations]) == linkerds_routes(file)


def test_a_route_of_the_catalogue_changes_what_it_names_of_the_operation(tmp_path: Path) -> None:
    post = {"x-linkerd-retryable": True, "x-linkerd-timeout": "2s", **OPERATION}
    service = read(
        tmp_path,
        document("/users/{id}", get=OPERATION, post=post),
        routes=[
            {"method": "POST", "path": "/users/{user}", "idempotent": True},
            {"method": "GET", "path": "/users/me", "timeout": "1s"},
        ],
    )
    classes = [{"min": 200, "max": 200, "isFailure": False}]
    assert list(service.routes) == [
        Route.model_validate({"method": "GET", "path": "/users/me", "timeout": "1s"}),
        Route.model_validate({"method": "GET", "path": "/users/{id}", "responseClasses": classes}),
        Route.model_validate(
            {
                "method": "POST",
                "path": "/users/{user}",
                "idempotent": True,
                "retryable": True,
                "timeout": "2s",
                "responseClasses": classes,
            }
        ),
    ]


def test_in_the_style_route_the_catalogue_counts_the_retries(tmp_path: Path) -> None:
    get = {"x-linkerd-retryable": True, "x-linkerd-timeout": "2s", **OPERATION}
    retry = {"limit": 2, "timeout": "500ms"}
    service = read(
        tmp_path,
        document(get=get),
        style="route",
        routes=[{"method": "GET", "path": "/a", "retry": retry}],
    )
    assert list(service.routes) == [
        Route.model_validate({"method": "GET", "path": "/a", "timeout": "2s", "retry": retry})
    ]


def test_the_file_is_found_from_the_catalogues_folder(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "api.yaml").write_text(yaml.safe_dump(document()))
    entry = {**SERVICE, "openapi": "api.yaml"}
    (folder / "services.yaml").write_text(yaml.safe_dump(catalogue(api=entry)))
    config = {f"{loading.PROJECT}:catalogue": "shop/services.yaml"}
    found = loading.load(project=loading.PROJECT, stack="dev", config=config, root=tmp_path)
    assert [route.name for route in found.catalogue.services["api"].routes] == ["GET /a"]


def operation(**keys: Any) -> dict[str, Any]:
    return document(get={**OPERATION, **keys})


UNSAFE = {"x-linkerd-retryable": True, "x-linkerd-timeout": "1s"}
RETRIED = "paths./a.get.x-linkerd-"
MISTAKES: dict[str, tuple[Any, str, str]] = {
    "no version": ({"paths": {}}, "openapi", "say its version"),
    "another version": ({"swagger": "1.2", "paths": {}}, "openapi", "say its version"),
    "a version in digits of another script": (
        {"openapi": f"3.{TWO}", "paths": {}},
        "openapi",
        "say its version",
    ),
    "a status in digits of another script": (
        document(get={"responses": {f"20{TWO}": {}}}),
        "paths./a.get.responses",
        f"Correct '20{TWO}'",
    ),
    "a list": ([], "openapi", "Name an OpenAPI file"),
    "no paths": ({"openapi": "3.1.0"}, "paths", "Add the key"),
    "broken YAML": ("paths: [", "line 1, column 9", "Correct the syntax"),
    "a key twice": ("openapi: 3.0.0\npaths:\n  /a: {}\n  /a: {}\n", "paths./a", "Rename or delete"),
    "a path without slash": (document("a"), "paths.a", "Correct the value"),
    "an open brace": (document("/a/{id"), "paths./a/{id", "Correct the value"),
    "a slash in braces": (document("/a/{b/c}"), "paths./a/{b/c}", "Correct the value"),
    "a name without text": (document("/a/{}"), "paths./a/{}", "Correct the value"),
    "a base path without slash": (
        {"swagger": "2.0", "basePath": "v1", "paths": {}},
        "basePath",
        "Correct the value",
    ),
    "a server with a path": (
        {**document(), "servers": [{"url": "https://x.test/v1"}]},
        "servers.0.url",
        "Move the path into `basePath`",
    ),
    "a reference": (document(**{"$ref": "x"}), "paths./a.$ref", "Write the operations here"),
    "an operation for TRACE": (document(trace={}), "paths./a.trace", "Delete it"),
    "a timeout in days": (
        operation(**{"x-linkerd-timeout": "1d"}),
        f"{RETRIED}timeout",
        "1d is 24h",
    ),
    "a timeout without unit": (
        operation(**{"x-linkerd-timeout": 5}),
        f"{RETRIED}timeout",
        "Add the unit, such as 5s.",
    ),
    "a word for yes": (
        operation(**{"x-linkerd-retryable": "yes"}),
        f"{RETRIED}retryable",
        "Correct",
    ),
    "another spelling": (
        operation(**{"X-Linkerd-Timeout": "1s"}),
        "paths./a.get.X-Linkerd-Timeout",
        "Did you mean `x-linkerd-timeout`?",
    ),
    "a status that is none": (
        document(get={"responses": {"600": {}}}),
        "paths./a.get.responses",
        "Correct '600'",
    ),
    "responses in a list": (
        document(get={"responses": []}),
        "paths./a.get.responses",
        "Correct the value",
    ),
    "retries without a timeout": (
        operation(**{"x-linkerd-retryable": True}),
        f"{RETRIED}timeout",
        "Add `x-linkerd-timeout`",
    ),
    "retries of a POST": (
        document(post={**OPERATION, **UNSAFE}),
        "paths./a.post.x-linkerd-retryable",
        "Add `{method: POST, path: /a, idempotent: true}` to `services.api.routes` of services.y",
    ),
    "the same requests twice": (
        {"openapi": "3.0.0", "paths": {"/a/{x}": {"get": {}}, "/a/{y}": {"get": {}}}},
        "paths./a/{y}.get",
        "Delete or change",
    ),
    "retries in the style route": (
        operation(**UNSAFE),
        f"{RETRIED}retryable",
        "Add `{method: GET, path: /a, retry: {limit: 3, timeout: 500ms}}` to",
    ),
    "two HTTPRoutes of one name": (
        {"openapi": "3.0.0", "paths": {"/a/b": {"get": {}}, "/a/{b}": {"get": {}}}},
        "paths./a/{b}.get",
        "set `style: profile`",
    ),
    "statuses of gRPC": (document(), "paths./a.get.responses", "`grpc-status`"),
}
SERVICES = {
    "retries in the style route": {"style": "route"},
    "two HTTPRoutes of one name": {"style": "route"},
    "statuses of gRPC": {"protocol": "grpc"},
}
"""What else the catalogue says of the service in these cases."""


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_refused_with_what_to_do(tmp_path: Path, case: str) -> None:
    file, path, fix = MISTAKES[case]
    found = refused(tmp_path, file, **SERVICES.get(case, {}))
    assert list(found) == [path]
    assert found[path].file == "api.yaml"
    assert fix in found[path].fix
    assert found[path].allowed


def test_a_mistake_in_the_catalogue_names_the_catalogue(tmp_path: Path) -> None:
    route = {"method": "POST", "path": "/a", "timeout": "1s"}
    found = refused(tmp_path, document(post=dict(UNSAFE)), routes=[route])
    assert list(found) == ["services.api.routes.0"]
    assert found["services.api.routes.0"].file == "services.yaml"
    twice = refused(tmp_path, document(), routes=[{"method": "GET", "path": "/a"}] * 2)
    assert list(twice) == ["services.api.routes.0"]


def test_every_mistake_of_every_file_is_found_at_once(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("[]")
    entry = {**SERVICE, "openapi": "other.yaml", "port": 0}
    (tmp_path / "api.yaml").write_text(
        yaml.safe_dump({"servers": [{"url": "/v1"}], **document("b", get={"x-linkerd-retry": 1})})
    )
    found = problems(
        tmp_path,
        catalogue(
            api={**SERVICE, "openapi": "api.yaml"},
            lost={**SERVICE, "openapi": "nowhere.yaml"},
            outside={**SERVICE, "openapi": "../api.yaml"},
            bytes={**SERVICE, "openapi": "api.yaml", "protocol": "tcp"},
            broken=entry,
        ),
    )
    assert found.keys() == {
        "servers.0.url",
        "paths.b",
        "paths.b.get.x-linkerd-retry",
        "services.lost.openapi",
        "services.outside.openapi",
        "services.bytes.openapi",
        "services.broken.port",
    }

"""Bad input: every problem at once, each with file, path, what was found and what is allowed."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.config import loading
from components.config.problems import ConfigurationError
from tests.support.configuration import SERVICE, TWO, catalogue, problems
from tests.unit.components.program import as_engine
from tools import paths


@pytest.mark.parametrize("weight", [110, -1, "ten", 10.55, True, None, "NaN", "\uff12", [1]])
def test_weight(tmp_path: Path, weight: Any) -> None:
    service = {**SERVICE, "versions": {"v1": {}, "v2": {}}}
    found = problems(tmp_path, catalogue(api=service), canaries={"api": {"weight": weight}})
    assert list(found) == ["canaries.api.weight"]
    problem = found["canaries.api.weight"]
    assert problem.file == "Pulumi.dev.yaml"
    assert "0 to 100" in problem.allowed


def test_canary_of_an_unknown_service_and_of_one_without_second_version(tmp_path: Path) -> None:
    found = problems(
        tmp_path, catalogue(api=SERVICE), canaries={"wbe": {"weight": 1}, "api": {"weight": 1}}
    )
    assert "Did you mean `web`?" in found["canaries.wbe"].fix
    assert "one version" in found["canaries.api"].found


def test_call_to_an_unknown_service(tmp_path: Path) -> None:
    found = problems(tmp_path, catalogue(api={**SERVICE, "calls": ["wev", "api", "web", "web"]}))
    assert found["services.api.calls.0"].found == 'the unknown name "wev"'
    assert "Did you mean `web`?" in found["services.api.calls.0"].fix
    assert found["services.api.calls.1"].found == "a call to itself"
    assert found["services.api.calls.3"].found == '"web" again'


def test_a_call_to_a_service_with_a_mistake_of_its_own_is_no_second_mistake(tmp_path: Path) -> None:
    found = problems(
        tmp_path, catalogue(api={**SERVICE, "port": 0}, ui={**SERVICE, "calls": ["api"]})
    )
    assert list(found) == ["services.api.port"]


def test_duplicate_names_with_their_lines(tmp_path: Path) -> None:
    text = "gateway: web\nservices:\n  web: {image: a:1}\n  web: {image: a:1}\n"
    found = problems(tmp_path, text=text)
    assert found["services.web"].found == "the name twice, on lines 3 and 4"


def test_a_name_in_two_sections(tmp_path: Path) -> None:
    document = catalogue()
    document["stores"] = {"web": {"kind": "redis"}}
    found = problems(tmp_path, document)
    assert found["stores.web"].found == "a name that `services` has too"


@pytest.mark.parametrize("name", ["Web_1", "1web", "web-", "w" * 64, "w.eb"])
def test_a_name_that_is_no_dns_label(tmp_path: Path, name: str) -> None:
    found = problems(tmp_path, catalogue(**{name: SERVICE}))
    assert "a DNS label" in found[f"services.{name}"].allowed


@pytest.mark.parametrize("port", [0, 65536, -1, "http", 80.5, True])
def test_port(tmp_path: Path, port: Any) -> None:
    found = problems(tmp_path, catalogue(api={**SERVICE, "port": port}))
    assert list(found) == ["services.api.port"]


@pytest.mark.parametrize("duration", ["1d", "soon", "5", "", "-1s", "0s", "1.5ms", 3])
def test_a_duration_that_go_or_linkerd_cannot_read(tmp_path: Path, duration: Any) -> None:
    route = {"method": "GET", "path": "/", "timeout": duration}
    found = problems(tmp_path, catalogue(api={**SERVICE, "routes": [route]}))
    assert list(found) == ["services.api.routes.0.timeout"]


def test_unknown_keys_with_the_nearest_known_one(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        catalogue(api={**SERVICE, "replica": 2, "routes": [{"methd": "GET", "path": "/"}]}),
        linkerd={"releas": "2.20", "charts": {"direktory": "x"}},
        cannaries={},
    )
    assert "Did you mean `replicas`?" in found["services.api.replica"].fix
    assert "Did you mean `method`?" in found["services.api.routes.0.methd"].fix
    assert found["services.api.routes.0.method"].found == "nothing"
    assert "Did you mean `release`?" in found["linkerd.releas"].fix
    assert "Did you mean `directory`?" in found["linkerd.charts.direktory"].fix
    assert "Did you mean `canaries`?" in found["cannaries"].fix


def test_the_known_keys_are_those_of_the_place(tmp_path: Path) -> None:
    """A name may be spelt like a key, and a store's keys depend on its kind."""
    document = catalogue(image={**SERVICE, "replica": 2})
    document["stores"] = {"db": {"kind": "postgresql", "databse": "shop"}}
    found = problems(tmp_path, document)
    assert "Did you mean `replicas`?" in found["services.image.replica"].fix
    assert "Did you mean `database`?" in found["stores.db.databse"].fix


ROUTE = {"method": "GET", "path": "/", "timeout": "1s"}


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("port", {"port": TWO}),
        ("replicas", {"replicas": TWO}),
        ("image", {"image": f"nginx:{TWO}"}),
        ("resources.cpu", {"resources": {"cpu": f"{TWO}00m"}}),
        ("storage.size", {"storage": {"path": "/data", "size": f"{TWO}Gi"}}),
        (
            "routes.0.retry.on.0",
            {
                "style": "route",
                "routes": [{**ROUTE, "retry": {"limit": 1, "timeout": "1s", "on": [f"50{TWO}"]}}],
            },
        ),
    ],
)
def test_digits_of_another_script(tmp_path: Path, path: str, entry: dict[str, Any]) -> None:
    found = problems(tmp_path, catalogue(api={**SERVICE, **entry}))
    assert list(found) == [f"services.api.{path}"]


def test_an_address_with_digits_of_another_script(tmp_path: Path) -> None:
    linkerd = {"jaegerUrl": f"jaeger.tracing:1{TWO}686"}
    assert list(problems(tmp_path, linkerd=linkerd)) == ["linkerd.jaegerUrl"]


def test_broken_yaml_names_line_and_column(tmp_path: Path) -> None:
    found = problems(tmp_path, text="gateway: web\nservices: [\n")
    (problem,) = found.values()
    assert problem.file == "services.yaml"
    assert problem.path == "line 3, column 1"


def test_a_missing_catalogue(tmp_path: Path) -> None:
    found = problems(tmp_path, catalogue="elsewhere.yaml")
    assert found["(the file)"].file == "elsewhere.yaml"


@pytest.mark.parametrize("document", [[], "text", 5, {"services": []}, {"services": {"a": 1}}])
def test_yaml_of_another_shape(tmp_path: Path, document: Any) -> None:
    assert problems(tmp_path, document)


def test_a_release_without_quotes(tmp_path: Path) -> None:
    found = problems(tmp_path, linkerd={"release": 2.2})
    assert "in quotes" in found["linkerd.release"].fix
    assert found["linkerd.release"].allowed == '"2.14", "2.18" or "2.20"'


def one(**keys: Any) -> dict[str, Any]:
    """A service's routes: one, for GET of ``/``, with other keys."""
    return {"routes": [{"method": "GET", "path": "/", **keys}]}


ROUTED = {"style": "route"}
CLASHES = [
    ({"circuitBreaker": {}}, "circuitBreaker", "style: route"),
    (one(retry={"limit": 1, "timeout": "1s"}), "routes.0.retry", "style: route"),
    (one(retryable=True), "routes.0.timeout", "timeout"),
    (one(method="POST", retryable=True, timeout="1s"), "routes.0", "idempotent: true"),
    ({**ROUTED, "retryBudget": {}}, "retryBudget", "style: profile"),
    ({**ROUTED, **one(retryable=True)}, "routes.0.retryable", "retry: {limit"),
    (
        {**ROUTED, **one(timeout="1s", retry={"limit": 2, "timeout": "2s"})},
        "routes.0.timeout",
        "Raise it",
    ),
    (
        {**ROUTED, "circuitBreaker": {"minPenalty": "5m"}},
        "circuitBreaker.maxPenalty",
        "Raise it",
    ),
    ({"protocol": "tcp", **one()}, "routes", "Delete it"),
    ({"protocol": "tcp", "versions": {"v1": {}, "v2": {}}}, "versions", "Delete it"),
    ({"versions": {"v2": {}}}, "stable", "Name the version"),
    ({"versions": {"v1": {}, "v2": {}, "v3": {}}}, "versions", "Retire"),
    ({"env": {"BACKEND_PORT": "1"}}, "env.BACKEND_PORT", "Delete it"),
    ({"files": {"/etc/x": "../outside"}}, "files./etc/x", "Correct the path"),
    ({"image": "nginx"}, "image", "Correct"),
    ({"replicas": 0}, "replicas", "Correct"),
    ({"routes": 2 * one(path="/a")["routes"]}, "routes.1", "Delete or change"),
]


@pytest.mark.parametrize(("entry", "path", "fix"), CLASHES, ids=[f"{c[1]}-{c[2]}" for c in CLASHES])
def test_a_clash_is_refused_with_what_to_do(
    tmp_path: Path, entry: dict[str, Any], path: str, fix: str
) -> None:
    found = problems(tmp_path, catalogue(api={**SERVICE, **entry}))
    assert list(found) == [f"services.api.{path}"]
    assert fix in found[f"services.api.{path}"].fix


def test_two_callees_with_one_variable(tmp_path: Path) -> None:
    document = catalogue(
        **{"a-service": SERVICE, "a": SERVICE, "api": {**SERVICE, "calls": ["a", "a-service"]}}
    )
    assert "A_SERVICE_URL" in problems(tmp_path, document)["services.api.calls.1"].found


def test_a_leaf_that_is_a_service_already(tmp_path: Path) -> None:
    document = catalogue(
        **{"api": {**SERVICE, "versions": {"v1": {}, "v2": {}}}, "api-v2": SERVICE}
    )
    assert "services.api.versions.v2" in problems(tmp_path, document)


def test_every_mistake_is_found_at_once(tmp_path: Path) -> None:
    document = catalogue(api={**SERVICE, "port": 0, "calls": ["nobody"]}, Bad={})
    found = problems(
        tmp_path, document, canaries={"nope": {"weight": 101}}, namespace="Upper", nonsense=1
    )
    assert {
        "services.api.port",
        "services.Bad",
        "services.Bad.image",
        "canaries.nope",
        "canaries.nope.weight",
        "namespace",
        "nonsense",
    } <= found.keys()


def test_the_real_catalogue_and_stacks_are_valid() -> None:
    for file in paths.ROOT.glob("Pulumi.*.yaml"):
        config = yaml.safe_load(file.read_text())["config"]
        loaded = loading.load(
            project="linkerd-platform",
            stack=file.name.split(".")[1],
            config=as_engine(copy.deepcopy(config)),
            root=paths.ROOT,
        )
        assert loaded.catalogue.gateway == "api-gateway"


def test_another_project_name_would_leave_every_key_unread(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as error:
        loading.load(project="shop", stack="dev", config={}, root=tmp_path)
    [problem] = error.value.problems
    assert (problem.file, problem.path, problem.found) == ("Pulumi.yaml", "name", '"shop"')
    assert '"linkerd-platform"' in problem.allowed


def test_keys_are_the_text_that_is_written(tmp_path: Path) -> None:
    """YAML 1.1 takes `on` for true, which is a key of the catalogue."""
    text = (
        "gateway: web\nservices:\n  web:\n    image: nginx:1\n    style: route\n    routes:\n"
        "      - {method: GET, path: /, timeout: 1s, "
        "retry: {limit: 1, timeout: 100ms, on: [5xx]}}\n"
    )
    (tmp_path / "services.yaml").write_text(text)
    loaded = loading.load(project="linkerd-platform", stack="dev", config={}, root=tmp_path)
    retry = loaded.catalogue.services["web"].routes[0].retry
    assert retry is not None
    assert retry.on == ("5xx",)
    found = problems(tmp_path, text=text.replace("    style", "    8080: x\n    ~: y\n    style"))
    assert list(found) == ["services.web.8080", "services.web.~"]


@pytest.mark.parametrize(
    ("store", "found"),
    [({"kind": "oracle"}, '"oracle"'), ({"kind": {"a": True}}, '{"a": true}'), ({}, "nothing")],
)
def test_the_kind_of_a_store_is_found_at_its_key(
    tmp_path: Path, store: dict[str, Any], found: str
) -> None:
    told = problems(tmp_path, {**catalogue(), "stores": {"db": store}})
    assert list(told) == ["stores.db.kind"]
    assert told["stores.db.kind"].found == found
    assert told["stores.db.kind"].allowed == "postgresql or redis"


@pytest.mark.parametrize("entry", [None, "x", [1]])
def test_a_store_is_a_mapping(tmp_path: Path, entry: Any) -> None:
    told = problems(tmp_path, {**catalogue(), "stores": {"db": entry}})
    assert told["stores.db"].allowed == "a mapping of keys to values"
    assert told["stores.db"].found in ("null", '"x"', "[1]")


@pytest.mark.parametrize("scheme", ["", " ", "1x", "+1", "a b", "http://", "NATS", "x" * 33])
def test_a_scheme_is_that_of_a_url(tmp_path: Path, scheme: str) -> None:
    told = problems(tmp_path, catalogue(api={**SERVICE, "scheme": scheme}))
    assert list(told) == ["services.api.scheme"]


def test_nothing_that_a_user_wrote_moves_the_terminals_text(tmp_path: Path) -> None:
    evil = "a\x1b[31m\nb\u202ec" + "x" * 300
    document = {**catalogue(api={**SERVICE, "style": evil}), evil: 1}
    for problem in problems(tmp_path, document).values():
        lines = problem.render().splitlines()
        assert len(lines) == 4
        assert all(line.isprintable() for line in lines)
        assert len(lines[1]) < 150


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http://a b",
        "http://x:0",
        "http://x:99999",
        "http://[::1",
        "http://x\n",
        "http://é.example",
        "HTTPS://x.example",
        "https://X.example",
        "https://my_host",
        "ftp://x",
        "x.example",
    ],
)
def test_an_externals_url_is_one(tmp_path: Path, url: str) -> None:
    told = problems(tmp_path, {**catalogue(), "external": {"pay": {"url": url}}})
    assert list(told) == ["external.pay.url"]
    assert told["external.pay.url"].allowed.startswith("an http or https URL such as")


@pytest.mark.parametrize("schedule", ["0 3 31 2 *", "0 3 30,31 2 *", "0 3 31 4,6,9,11 *"])
def test_a_schedule_comes_at_some_time(tmp_path: Path, schedule: str) -> None:
    store = {"kind": "redis", "backup": {"schedule": schedule}}
    told = problems(tmp_path, {**catalogue(), "stores": {"cache": store}})
    assert list(told) == ["stores.cache.backup.schedule"]
    assert told["stores.cache.backup.schedule"].allowed == "a day that one of the months has"


@pytest.mark.parametrize("schedule", ["0 3 29 2 *", "0 3 31 * *", "0 3 31 2 mon", "0 3 31 2,3 *"])
def test_a_rare_schedule_is_one(tmp_path: Path, schedule: str) -> None:
    store = {"kind": "redis", "backup": {"schedule": schedule}}
    document = {**catalogue(), "stores": {"cache": store}}
    (tmp_path / "services.yaml").write_text(yaml.safe_dump(document))
    assert loading.load(project="linkerd-platform", stack="dev", config={}, root=tmp_path)


@pytest.mark.parametrize(("value", "found"), [("on", "true"), ("1", "1"), ("2026-01-01", "2026")])
def test_what_yaml_takes_for_another_kind_wants_quotes(
    tmp_path: Path, value: str, found: str
) -> None:
    text = f"gateway: web\nservices: {{web: {{image: 'nginx:1', env: {{A: {value}}}}}}}\n"
    told = problems(tmp_path, text=text)["services.web.env.A"]
    assert told.found.startswith(found)
    assert told.fix == "Write it in quotes."

"""What would be refused later, by the API server or a proxy, is told when it is read."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter, ValidationError

from components.config import documents, quantities, scalars
from tests.support.configuration import SERVICE, catalogue, loaded, problems

CREDENTIALS = {"secret": "db-credentials", "key": "password"}


FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"protocol": "grpc", "probe": {"http": "/h"}}, "probe.http", "`exec`"),
    ({"protocol": "tcp", "port": 5672, "liveness": {"http": "/h"}}, "liveness.http", "`exec`"),
    ({"protocol": "http2", "probe": {"http": "/h"}}, "probe.http", "`exec`"),
    ({"writable": ["/tmp", "/tmp"]}, "writable.1", "once"),
    ({"writable": ["/tmp", "/tmp/"]}, "writable.1", "once"),
    ({"writable": ["/tmp", "/var/../tmp"]}, "writable.1", "once"),
    ({"writable": ["/x"], "files": {"/x": "services.yaml"}}, "files./x", "once"),
    ({"storage": {"path": "/x"}, "files": {"/x": "services.yaml"}}, "files./x", "once"),
    ({"files": {"/x": "services.yaml", "//x": "services.yaml"}}, "files./x", "once"),
    ({"writable": ["/"]}, "writable.0", "below '/'"),
    ({"writable": ["/a:b"]}, "writable.0", "without ':'"),
    ({"files": {"/x": "logo.png"}}, "files./x", "UTF-8"),
    ({"files": {"/x": "large.txt"}}, "files", "1048576"),
    ({"files": {"/x": "half.txt", "/y": "half.txt", "/z": "half.txt"}}, "files", "1048576"),
    ({"storage": {"path": "/x", "size": "0"}}, "storage.size", "above 0"),
    ({"routes": [{"method": "GET", "path": "/static/*"}]}, "routes.0.path", "`{name}`"),
    ({"routes": [{"method": "GET", "path": "/static/**"}]}, "routes.0.path", "`{name}`"),
    ({"routes": [{"method": "GET", "path": "/users/:id"}]}, "routes.0.path", "`{name}`"),
    ({"routes": [{"method": "GET", "path": "/u/[0-9]+"}]}, "routes.0.path", "`{name}`"),
    ({"env": {"A=B": "1"}}, "env.A=B", "letters"),
    ({"env": {"..": "1"}}, "env...", "letters"),
    ({"resources": {"requests": {"memory": "1Gi"}}}, "resources.requests.memory", "limits"),
    ({"resources": {"limits": {"memory": "16Mi"}}}, "resources.requests.memory", "limits"),
    ({"resources": {"limits": {"cpu": "0.01"}}}, "resources.requests.cpu", "limits"),
    ({"proxy": {"requests": {"memory": "1Gi"}}}, "proxy.requests.memory", "limits"),
]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "logo.png").write_bytes(b"\x89PNG\r\n\xff")
    (tmp_path / "large.txt").write_text("x" * (1024 * 1024 + 1))
    (tmp_path / "half.txt").write_text("\u00e9" * (1024 * 200))
    return tmp_path


@pytest.mark.parametrize(("entry", "path", "allowed"), FAULTS)
def test_a_fault_is_refused_at_its_key(
    files: Path, entry: dict[str, Any], path: str, allowed: str
) -> None:
    found = problems(files, catalogue(api={**SERVICE, **entry}))
    assert list(found) == [f"services.api.{path}"]
    assert allowed in found[f"services.api.{path}"].allowed


def test_the_faults_are_found_at_once(files: Path) -> None:
    services = {f"api{index}": {**SERVICE, **each[0]} for index, each in enumerate(FAULTS)}
    found = problems(files, catalogue(**services))
    assert len({path.split(".")[1] for path in found}) == len(FAULTS)


FINE: list[dict[str, Any]] = [
    {"probe": {"http": "/h"}},
    {"protocol": "grpc", "probe": {"exec": ["true"]}},
    {"writable": ["/tmp", "/tmp2"], "files": {"/tmp/x": "services.yaml"}},
    {"env": {"services__basket-api__http__0": "x", "node.name": "y"}},
    {"routes": [{"method": "POST", "path": "/v1/things:cancel"}]},
    {"resources": {"requests": {"memory": "1Gi"}, "limits": {"memory": None}}},
    {"resources": {"requests": {"cpu": "1000m"}, "limits": {"cpu": "1"}}},
]


@pytest.mark.parametrize("entry", FINE)
def test_what_runs_is_not_refused(files: Path, entry: dict[str, Any]) -> None:
    assert loaded(files, catalogue(api={**SERVICE, **entry}))


def store(**keys: Any) -> dict[str, Any]:
    entry = {"kind": "postgresql", "database": "shop", **keys}
    return {**catalogue(), "stores": {"db": entry}}


STORES: list[tuple[dict[str, Any], str, str]] = [
    ({"storage": "0Gi"}, "storage", "above 0"),
    ({"backup": {"storage": "0"}}, "backup.storage", "above 0"),
    ({"database": "1st"}, "database", "letters"),
    ({"database": "d" * 64}, "database", "63"),
    ({"database": "template1"}, "database", "template1"),
    *(
        ({"backup": {"schedule": text}}, "backup.schedule", "five cron fields")
        for text in (
            "a b c d e",
            "60 * * * *",
            "* * 0 * *",
            "* * * * 7",
            "5-1 * * * *",
            "*/0 * * * *",
        )
    ),
]


@pytest.mark.parametrize(("entry", "path", "allowed"), STORES)
def test_a_fault_of_a_store(tmp_path: Path, entry: dict[str, Any], path: str, allowed: str) -> None:
    found = problems(tmp_path, store(**entry))
    assert list(found) == [f"stores.db.{path}"]
    assert allowed in found[f"stores.db.{path}"].allowed


@pytest.mark.parametrize("database", ["accounts_db", "booksapp_production", "shop-1", "_x"])
def test_a_database_may_have_an_underscore(tmp_path: Path, database: str) -> None:
    assert loaded(tmp_path, store(database=database)).catalogue.stores


@pytest.mark.parametrize(
    "schedule", ["17 3 * * *", "*/5 0-6 1,15 jan-MAR sun", "0 0 ? * mon-fri", "1-50/2 * * * *"]
)
def test_a_schedule_that_kubernetes_reads(schedule: str) -> None:
    assert TypeAdapter(scalars.CronSchedule).validate_python(schedule) == schedule


def test_resources_are_merged_key_by_key(tmp_path: Path) -> None:
    own = {**SERVICE, "resources": {"requests": {"memory": "64Mi"}}}
    change = {"resources": {"limits": {"cpu": "2"}}, "proxy": {"requests": {"cpu": "1"}}}
    changed = loaded(tmp_path, catalogue(api=own), services={"api": change})
    found = changed.catalogue.services["api"]
    assert found.resources.requests.model_dump() == {"cpu": "25m", "memory": "64Mi"}
    assert found.resources.limits.model_dump() == {"cpu": "2", "memory": "128Mi"}
    assert found.proxy.requests.model_dump() == {"cpu": "1", "memory": "20Mi"}


def test_a_stack_keeps_requests_within_limits(tmp_path: Path) -> None:
    change = {"resources": {"requests": {"memory": "1Gi"}}, "proxy": {"limits": {"memory": "1Mi"}}}
    found = problems(tmp_path, catalogue(api=SERVICE), services={"api": change})
    assert list(found) == [
        "services.api.resources.requests.memory",
        "services.api.proxy.requests.memory",
    ]
    assert {each.file for each in found.values()} == {"Pulumi.dev.yaml"}


@pytest.mark.parametrize(
    ("own", "change", "where"),
    [
        ({"autoscaling": {"max": 3}}, {"replicas": 4}, "services.yaml"),
        ({}, {"replicas": 4, "autoscaling": {"max": 3}}, "services.api.autoscaling"),
    ],
)
def test_a_number_of_pods_beside_an_autoscaler(
    tmp_path: Path, own: dict[str, Any], change: dict[str, Any], where: str
) -> None:
    found = problems(tmp_path, catalogue(api={**SERVICE, **own}), services={"api": change})
    assert list(found) == ["services.api.replicas"]
    assert where in found["services.api.replicas"].found


@pytest.mark.parametrize(
    "endpoint",
    [{"url": "redis://:s3cret@r.example:6380/0"}, {"secret": {"secret": "x", "key": "y"}}],
)
def test_a_store_elsewhere_whose_secret_a_service_names(
    tmp_path: Path, endpoint: dict[str, Any]
) -> None:
    document = catalogue(api={**SERVICE, "calls": ["db"], "secrets": {"PW": CREDENTIALS}})
    document["stores"] = {"db": {"kind": "redis"}}
    config: dict[str, Any] = {"endpoints": {"db": endpoint}, "existingSecrets": ["x"]}
    found = problems(tmp_path, document, **config)
    assert list(found) == ["secrets.db-credentials.password"]
    problem = found["secrets.db-credentials.password"]
    assert "`endpoints.db`" in problem.found
    assert "existingSecrets" in problem.allowed
    assert "s3cret" not in problem.render()
    assert loaded(tmp_path, document, **config, secrets={"db-credentials": {"password": "p"}})
    config["existingSecrets"] = ["x", "db-credentials"]
    assert loaded(tmp_path, document, **config)


@pytest.mark.parametrize(
    "entry",
    [
        {"env": {"REDIS": "db:6379,password=$(PASSWORD)"}},
        {"args": ["--store=tcp://db:6379"]},
        {"versions": {"v1": {"env": {"REDIS": "db:6379"}}}},
    ],
)
def test_an_address_that_is_spelled_out_does_not_move(
    tmp_path: Path, entry: dict[str, Any]
) -> None:
    document = catalogue(api={**SERVICE, "calls": ["db"], **entry})
    document["stores"] = {"db": {"kind": "redis"}}
    found = problems(tmp_path, document, endpoints={"db": {"url": "redis://r.example:6380/0"}})
    assert list(found) == ["endpoints.db"]
    assert "db:6379" in found["endpoints.db"].found
    assert "`services.api`" in found["endpoints.db"].found
    document["services"]["api"] = {**SERVICE, "env": {"REDIS": "user-db:6379"}}
    assert loaded(tmp_path, document, endpoints={"db": {"url": "redis://r.example:6380/0"}})


def test_paths_start_from_the_catalogues_folder(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a.conf").write_text("a")
    (tmp_path / "b.conf").write_text("b")
    files = {"/a": "a.conf", "/b": "../b.conf", "/c": "b.conf"}
    document = catalogue(api={**SERVICE, "files": files})
    (tmp_path / "shop" / "services.yaml").write_text(yaml.safe_dump(document))
    found = problems(tmp_path, catalogue="shop/services.yaml")
    assert list(found) == ["services.api.files./c"]


@pytest.mark.parametrize("absolute", [True, False])
def test_a_catalogue_outside_of_the_project(tmp_path: Path, absolute: bool) -> None:
    (tmp_path / "services.yaml").write_text(yaml.safe_dump(catalogue()))
    (tmp_path / "project").mkdir()
    where = str(tmp_path / "services.yaml") if absolute else "../services.yaml"
    found = problems(tmp_path / "project", catalogue=where, nonsense=1)
    assert found["catalogue"].file == "Pulumi.dev.yaml"
    assert "outside" in found["catalogue"].found
    assert "nonsense" in found


LAUGHS = "a: &a [x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        "services: &a {web: *a}\n",
        "services: &a [*a]\n",
        "a: &a {b: &b {c: *a}}\n",
        "[" * 3000 + "]" * 3000,
        "a: " + "{b: " * 200 + "1" + "}" * 200,
        LAUGHS,
        "a: 2026-13-45\n",
        "a: !!int x\n",
        "a: !!timestamp x\n",
    ],
    ids=["map", "list", "inner", "lists", "maps", "laughs", "date", "number", "time"],
)
def test_yaml_that_has_no_end_or_no_value(text: str) -> None:
    raw, findings = documents.parse(text)
    assert raw is None
    assert [bool(each.found and each.fix) for each in findings] == [True]


def test_an_alias_is_fine_where_it_ends() -> None:
    assert documents.parse("a: &a {x: 1}\nb: *a\n") == ({"a": {"x": 1}, "b": {"x": 1}}, [])


def test_quantities() -> None:
    assert quantities.amount("64Mi") == 64 * 1024**2
    assert quantities.amount("1500m") == Decimal("1.5")
    assert quantities.amount("2k") == 2000
    with pytest.raises(ValueError, match="quantity"):
        quantities.amount("1X")
    with pytest.raises(ValidationError):
        TypeAdapter(scalars.Size).validate_python("0")

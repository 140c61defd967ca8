"""Names that the program derives: each is free and short enough, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from components import names
from components.config import derived, loading
from components.config.catalogue.model import Load
from components.config.problems import ConfigurationError
from tests.support.configuration import SERVICE, catalogue, loaded, problems
from tests.unit.components import program

VERSIONS: dict[str, Any] = {"v1": {}, "v2": {}}
REDIS = {"kind": "redis"}
BACKED_UP = {**REDIS, "backup": {}}
POSTGRESQL = {"kind": "postgresql", "database": "shop"}
ROUTED = {**SERVICE, "style": "route"}


RPC = {"port": 9999, "protocol": "grpc"}
CALL_PORT = {"service": "web", "port": "rpc"}


def get(path: str, **keys: Any) -> dict[str, Any]:
    return {"method": "GET", "path": path, **keys}


TAKEN: list[tuple[str, dict[str, Any], dict[str, Any], str, str]] = [
    ("backup", {"user-db-backup": SERVICE}, {"user-db": BACKED_UP}, "stores.user-db", "Account"),
    ("leaf", {"a": {**SERVICE, "versions": VERSIONS}, "a-v2": SERVICE}, {}, "", "a-v2"),
    (
        "two leaves",
        {
            "a": {**SERVICE, "versions": {"v1": {}, "b-c": {}}},
            "a-b": {**SERVICE, "versions": {"v1": {}, "c": {}}},
        },
        {},
        "services.a-b.versions.c",
        "a-b-c",
    ),
    ("admin", {"proxy-admin": SERVICE}, {}, "services.proxy-admin", "the platform"),
    ("admin store", {}, {"proxy-admin": REDIS}, "stores.proxy-admin", "the platform"),
    ("default", {"default": SERVICE}, {}, "services.default", "ServiceAccount"),
    ("sidecar", {"linkerd-proxy": SERVICE}, {}, "services.linkerd-proxy", "container"),
    ("ports", {"web-ports": SERVICE}, {}, "services.web", "web-ports"),
    (
        "probes",
        {
            "api": {
                **SERVICE,
                "probe": {"http": "/"},
                "ports": {"probes": {"port": 9}},
                "routes": [get("/", callers=["web"])],
            }
        },
        {},
        "services.api.ports.probes",
        "api.probes",
    ),
    (
        "routes of two services",
        {"a": {**ROUTED, "routes": [get("/get/x")]}, "a-get": {**ROUTED, "routes": [get("/x")]}},
        {},
        "services.a-get",
        "a-get-get-x",
    ),
    (
        "the pods of a StatefulSet",
        {"api": {**SERVICE, "storage": {"path": "/data"}}, "api-pods": SERVICE},
        {},
        "services.api",
        "api-pods",
    ),
    (
        "default route",
        {"a": {**ROUTED, "routes": [get("/default")]}, "a-get": ROUTED},
        {},
        "services.a-get",
        "a-get-default",
    ),
]


@pytest.mark.parametrize(
    ("services", "stores", "path", "word"), [c[1:] for c in TAKEN], ids=[c[0] for c in TAKEN]
)
def test_a_name_that_is_taken(
    tmp_path: Path, services: dict[str, Any], stores: dict[str, Any], path: str, word: str
) -> None:
    document = {**catalogue(**services), "stores": stores}
    web = document["services"]["web"]
    web["ports"] = {"admin": {"port": 9999}}
    web["calls"] = [each for each in services if each in ("api",)]
    found = problems(tmp_path, document)
    path = path or "services.a.versions.v2"
    assert list(found) == [path]
    assert word in found[path].found
    assert "Rename" in found[path].fix


STATEFUL = {**SERVICE, "storage": {"path": "/data"}}
LONGEST = [
    ("services", SERVICE, 55),
    ("services", STATEFUL, 52),
    ("stores", REDIS, 51),
    ("stores", BACKED_UP, 45),
]


@pytest.mark.parametrize(("section", "entry", "longest"), LONGEST)
@pytest.mark.parametrize("more", [0, 1, 8])
def test_the_longest_name(
    tmp_path: Path, section: str, entry: dict[str, Any], longest: int, more: int
) -> None:
    name = "n" * (longest + more)
    document = catalogue()
    document.setdefault(section, {})[name] = entry
    if not more:
        assert loaded(tmp_path, document)
        return
    found = problems(tmp_path, document)
    assert list(found) == [f"{section}.{name}"]
    assert f"at most {longest} characters" in found[f"{section}.{name}"].allowed


def test_a_version_whose_service_is_too_long(tmp_path: Path) -> None:
    name, version = "n" * 40, "v" * 24
    document = catalogue(**{name: {**SERVICE, "versions": {"v1": {}, version: {}}}})
    assert list(problems(tmp_path, document)) == [f"services.{name}.versions.{version}"]


STACKS = [
    ({"secrets": {"cache-credentials": {"a": "b"}}}, "secrets.cache-credentials"),
    ({"stores": {"db": {"operator": "cloudnative-pg"}}}, "stores.db.operator"),
    ({"endpoints": {"cache": {"url": "redis://x"}}, "secrets": {"cache-endpoint": {"a": "b"}}}, ""),
]


@pytest.mark.parametrize(("config", "path"), STACKS)
def test_a_name_that_the_stack_takes(tmp_path: Path, config: dict[str, Any], path: str) -> None:
    document = catalogue(**{"db-rw": SERVICE})
    document["stores"] = {"cache": REDIS, "db": POSTGRESQL}
    found = problems(tmp_path, document, **config)
    assert list(found) == [path or "endpoints.cache"]


def test_two_ports_of_one_callee_need_two_variables(tmp_path: Path) -> None:
    api = {**SERVICE, "ports": {"admin": {"port": 9000}}}
    calls: list[Any] = ["api", {"service": "api", "port": "admin"}]
    document = catalogue(api=api, ui={**SERVICE, "calls": calls})
    found = problems(tmp_path, document)
    assert list(found) == ["services.ui.calls.1"]
    assert "API_SERVICE_URL" in found["services.ui.calls.1"].found
    assert "`env`" in found["services.ui.calls.1"].fix


@given(st.sets(st.from_regex(r"/[a-zA-Z0-9./_-]{0,90}", fullmatch=True), max_size=8))
def test_files_never_share_a_key_and_keep_a_plain_one(texts: set[str]) -> None:
    keys = names.distinct(texts)
    assert len(set(keys.values())) == len(texts)
    assert all(0 < len(key) <= 63 for key in keys.values())
    slugs = [names.slug(text) for text in texts]
    for text, key in keys.items():
        plain = names.slug(text)
        assert (key == plain) == (plain != "" and slugs.count(plain) == 1)


PART = st.sampled_from(["web", "a", "v2", "get", "db", "backup", "default", "ports", "n" * 40])
NAME = st.lists(PART, min_size=1, max_size=2).map("-".join)
ENTRY = st.fixed_dictionaries(
    {"image": st.just("example/app:1")},
    optional={
        "style": st.just("route"),
        "versions": st.sampled_from([VERSIONS, {"v1": {}, "backup": {}}]),
        "routes": st.lists(
            st.sampled_from([get("/"), get("/a/b"), get("/a-b"), get("/default"), get("/get")]),
            max_size=2,
            unique_by=lambda route: route["path"],
        ),
        "ports": st.sampled_from([{"get": {"port": 1}}, {"clients": {"port": 2}}]),
        "probe": st.just({"http": "/"}),
        "files": st.just({"/a/b": "services.yaml", "/a-b": "services.yaml"}),
    },
)
CATALOGUES = st.builds(
    lambda services, stores: {
        "gateway": "web",
        "services": {"web": {"image": "example/app:1"}, **services},
        "stores": stores,
        "external": {"get": {"url": "https://get.example"}},
        "load": {"rate": 1, "routes": [{"path": "/a/b"}, {"path": "/a-b"}]},
    },
    st.dictionaries(NAME, ENTRY, max_size=3),
    st.dictionaries(NAME, st.sampled_from([REDIS, BACKED_UP, POSTGRESQL]), max_size=2),
)
KINDS = {
    "Deployment": "workload",
    "StatefulSet": "workload",
    "HorizontalPodAutoscaler": "workload",
    "PodDisruptionBudget": "workload",
    "MeshTLSAuthentication": "Server",
    "NetworkAuthentication": "Server",
    "AuthorizationPolicy": "Server",
}


def valid(root: Path, document: dict[str, Any]) -> loading.Configuration | None:
    try:
        return loaded(root, document)
    except ConfigurationError:
        return None


@pytest.mark.slow
@settings(
    max_examples=6,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(CATALOGUES)
def test_no_valid_catalogue_makes_two_objects_of_one_name(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]
) -> None:
    root = tmp_path_factory.mktemp("project")
    found = valid(root, document)
    assume(found is not None)
    assert found is not None
    outcome = program.of_catalogue(root, document)
    limits = {
        (each.kind, each.name): each.limit
        for each in derived.derived_names(found.catalogue, found.settings)
    }
    seen: set[tuple[str, str, str]] = set()
    for each in outcome.registered:
        metadata = each.inputs.get("metadata") or {}
        if metadata.get("namespace") != found.settings.namespace or "name" not in metadata:
            continue
        kind, name = each.inputs["kind"], metadata["name"]
        assert (each.inputs["apiVersion"], kind, name) not in seen
        seen.add((each.inputs["apiVersion"], kind, name))
        plain = name.partition(".")[0] if kind == "ServiceProfile" else name
        assert len(name) <= limits[KINDS.get(kind, kind), plain], (kind, name)
        assert all(len(text) <= 63 for text in metadata["labels"].values())
    assert seen


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["loadBalancer", "ingress"])
def test_the_mesh_reaches_every_port_of_the_gateway_and_outside_only_the_main_one(
    tmp_path: Path, kind: str
) -> None:
    document = catalogue(client={**SERVICE, "calls": ["web", {**CALL_PORT, "env": "GRPC"}]})
    document["services"]["web"] = {**SERVICE, "port": 9898, "ports": {"rpc": RPC}}
    gateway = (
        {}
        if kind == "loadBalancer"
        else {"host": "a.example.com", "className": "x", "cidrs": ["10.0.0.0/8"]}
    )
    outcome = program.of_catalogue(tmp_path, document, gateway={"kind": kind, **gateway})
    services = {
        name: (inputs["spec"].get("type"), [port["port"] for port in inputs["spec"]["ports"]])
        for name, inputs in outcome.of("kubernetes:core/v1:Service").items()
    }
    pod = outcome.of("kubernetes:apps/v1:Deployment")["client"]["spec"]["template"]["spec"]
    env = {one["name"]: one["value"] for one in pod["containers"][0]["env"]}
    assert env["WEB_SERVICE_URL"] == "http://web:9898"
    if kind == "ingress":
        assert services["web"] == (None, [9898, 9999])
        assert env["GRPC"] == "grpc://web:9999"
        assert "web-ports" not in services
    else:
        assert services["web"] == ("LoadBalancer", [9898])
        assert services["web-ports"] == (None, [9999])
        assert env["GRPC"] == "grpc://web-ports:9999"


def test_load_routes_with_one_slug_have_containers_of_their_own() -> None:
    load = Load.model_validate({"routes": [{"path": "/a/b"}, {"path": "/a-b"}, {"path": "/c"}]})
    containers = list(load.containers)
    assert len(containers) == 3
    assert containers[2] == "get-c"
    assert all(map(names.is_dns_label, containers))

"""Mistakes in what a stack changes about the catalogue, and in the keys about pods and calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from components.config import loading
from components.config.rules import canaries
from components.config.rules.context import CatalogueContext, StackContext
from components.config.stack.settings import Settings
from tests.support.configuration import SERVICE, catalogue, problems
from tests.unit.components import program
from tests.unit.components.program import as_engine

BEHIND = {"host": "shop.example.com", "className": "nginx"}
CONTROLLER = {"serviceAccount": "ingress-nginx", "namespace": "ingress"}
DIGEST = "example/app@sha256:" + "0" * 64


def document(**services: Any) -> dict[str, Any]:
    return {
        **catalogue(**services),
        "stores": {"cache": {"kind": "redis"}, "db": {"kind": "postgresql", "database": "x"}},
        "external": {"bank": {"url": "https://bank.example"}},
    }


CLASHES = [
    ({"calls": [{"service": "web", "port": "nope"}]}, "calls.0.port", "Correct the name"),
    ({"calls": [{"service": "cache", "format": "address"}]}, "calls.0.format", "cache-credentials"),
    (
        {"calls": ["web"], "secrets": {"WEB_SERVICE_URL": {"secret": "s", "key": "k"}}},
        "calls.0",
        "`env`",
    ),
    ({"ports": {"http": {"port": 1}}}, "ports.http", "Rename"),
    ({"ports": {"admin": {"port": 8080}}}, "ports.admin.port", "Correct"),
    ({"ports": {"Too_long_a_name_": {"port": 1}}}, "ports.Too_long_a_name_", "Correct"),
    ({"probe": {"http": "/", "tcp": True}}, "probe", "Keep one"),
    ({"port": None, "probe": {"tcp": True}}, "probe", "Delete"),
    ({"port": None, "routes": [{"method": "GET", "path": "/"}]}, "routes", "Delete"),
    ({"storage": {"path": "/data"}, "autoscaling": {"max": 3}}, "autoscaling", "volume"),
    ({"storage": {"path": "/data"}, "writable": ["/data"]}, "writable", "volume"),
    ({"autoscaling": {"min": 4, "max": 3}}, "autoscaling", "Raise"),
    ({"standsInFor": "bnak"}, "standsInFor", "Did you mean `bank`?"),
]


@pytest.mark.parametrize(("entry", "path", "fix"), CLASHES, ids=[f"{c[1]}-{c[2]}" for c in CLASHES])
def test_keys_that_clash_are_refused_with_the_way_out(
    tmp_path: Path, entry: dict[str, Any], path: str, fix: str
) -> None:
    existing = ["s"]
    found = problems(tmp_path, document(api={**SERVICE, **entry}), existingSecrets=existing)
    assert list(found) == [f"services.api.{path}"]
    assert fix in found[f"services.api.{path}"].fix


def test_a_call_to_what_listens_nowhere_or_only_stands_in(tmp_path: Path) -> None:
    load = {**SERVICE, "port": None}
    player = {**SERVICE, "standsInFor": "bank"}
    caller = {**SERVICE, "calls": ["load", "player"]}
    found = problems(tmp_path, document(load=load, player=player, api=caller))
    assert "no port" in found["services.api.calls.0"].found
    assert found["services.api.calls.1"].allowed == '"bank"'


def test_overrides_of_unknown_names_with_the_nearest_known_one(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        document(),
        services={"wbe": {"replicas": 2}},
        stores={"cahce": {"image": "redis:8"}},
        endpoints={"bnak": {"url": "https://elsewhere.example"}},
        standIns=["bank"],
    )
    assert "Did you mean `web`?" in found["services.wbe"].fix
    assert "Did you mean `cache`?" in found["stores.cahce"].fix
    assert "Did you mean `bank`?" in found["endpoints.bnak"].fix
    assert found["standIns.bank"].allowed == "nothing"


def test_a_secret_without_a_value_is_found_with_its_command(tmp_path: Path) -> None:
    api = {**SERVICE, "secrets": {"TOKEN": {"secret": "vault", "key": "token"}}}
    found = problems(tmp_path, document(api=api))
    assert '\'linkerd-platform:secrets["vault"]["token"]\'' in found["secrets.vault.token"].fix


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"endpoints": {"db": {"url": 5}}}, "endpoints.db.url"),
        (
            {"endpoints": {"db": {"url": "s3cret", "secret": {"secret": "a", "key": "b"}}}},
            "endpoints.db",
        ),
        ({"secrets": {"vault": {"token": ["s3cret"]}}}, "secrets.vault.token"),
        ({"secrets": {"vault": "s3cret"}}, "secrets.vault"),
    ],
)
def test_no_secret_is_shown_in_a_problem(tmp_path: Path, config: dict[str, Any], path: str) -> None:
    found = problems(tmp_path, document(), **config)
    assert path in found
    assert "s3cret" not in "".join(problem.render() for problem in found.values())


def test_the_gateway_cannot_be_elsewhere(tmp_path: Path) -> None:
    found = problems(tmp_path, document(), endpoints={"web": {"url": "https://a.example"}})
    assert found["endpoints.web"].found == "the gateway"


def test_digests_are_required_of_services_and_stores(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        document(),
        requireDigests=True,
        services={"web": {"image": DIGEST}},
    )
    assert list(found) == ["stores.cache.image", "stores.db.image"]
    assert "crane digest" in found["stores.db.image"].fix


def test_an_operator_is_for_postgresql_and_for_a_release_whose_jobs_end(tmp_path: Path) -> None:
    operator = {"operator": "cloudnative-pg"}
    found = problems(tmp_path, document(), stores={"cache": operator})
    assert "redis" in found["stores.cache.operator"].found
    found = problems(tmp_path, document(), stores={"db": operator}, linkerd={"release": "2.18"})
    assert "which an operator's Jobs end" in found["stores.db.operator"].allowed
    assert "nativeSidecar: true" in found["stores.db.operator"].fix


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ({"operator": "cloudnative-pg", "image": "postgres:17"}, "Delete `image`"),
        ({"instances": 2}, "Delete `instances`, or add `operator`"),
    ],
)
def test_a_stores_keys_have_an_effect(tmp_path: Path, override: dict[str, Any], words: str) -> None:
    found = problems(tmp_path, stores={"db": override})
    assert words in found["stores.db"].fix


@pytest.mark.parametrize(
    ("gateway", "refused"),
    [
        ({}, True),
        ({"kind": "ingress", "cidrs": ["10.0.0.0/8"], **BEHIND}, True),
        ({"kind": "ingress", "controller": CONTROLLER, **BEHIND}, False),
    ],
)
def test_a_canary_of_the_gateway_needs_clients_in_the_mesh(
    gateway: dict[str, Any], refused: bool
) -> None:
    settings = Settings.model_validate({"gateway": gateway, "canaries": {"web": {"weight": 10}}})
    for name, expected in (("web", refused), ("api", False)):
        context = StackContext(settings=settings, catalogue=CatalogueContext(gateway=name))
        found = [*canaries.canaries_are_reached_through_the_mesh(context)]
        assert [finding.path for finding in found] == (["canaries.web"] if expected else [])


def test_limits_on_egress_need_the_release_the_crds_and_the_ports(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        document(),
        linkerd={"release": "2.14", "egress": "limited", "gatewayApi": "off"},
        endpoints={"db": {"url": "postgresql://db.example/x"}},
    )
    assert found["linkerd.egress"].allowed == '"2.18" or later'
    assert {"linkerd.gatewayApi", "endpoints.db.port"} <= found.keys()


def test_the_grace_covers_the_pause(tmp_path: Path) -> None:
    found = problems(
        tmp_path, document(), pods={"preStopSeconds": 30, "terminationGraceSeconds": 30}
    )
    assert list(found) == ["pods.terminationGraceSeconds"]


def test_an_older_cluster_needs_no_pause_before_a_stop() -> None:
    linkerd = {"release": "2.14", "unsupported": "warn"}
    with pytest.raises(pulumi.RunError, match=r"0 before Kubernetes 1\.30"):
        program.run("dev", kubernetes=(1, 28), linkerd=linkerd, pods={})


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-x", "linkerd", "linkerd-viz"])
def test_the_services_have_a_namespace_of_their_own(tmp_path: Path, name: str) -> None:
    found = problems(tmp_path, document(), namespace=name)
    assert found["namespace"].found.startswith(f'"{name}"')


@pytest.mark.parametrize("url", ["", "x", "redis://", "http://a b", "//x", "redis:///0"])
def test_an_endpoints_url_is_one_and_is_not_shown(tmp_path: Path, url: str) -> None:
    (path,) = found = problems(tmp_path, document(), endpoints={"db": {"url": url}})
    assert path == "endpoints.db.url"
    assert "not shown" in found[path].found


def test_an_endpoints_port_is_that_of_its_url(tmp_path: Path) -> None:
    endpoint = {"url": "redis://:hunter-two@r.example:6380/0", "port": 6379}
    (path,) = found = problems(tmp_path, document(), endpoints={"db": endpoint})
    assert path == "endpoints.db.port"
    assert "hunter-two" not in str(found)


@pytest.mark.parametrize(
    "endpoint",
    [
        {"url": "redis://r.example:6380/0", "port": 6380},
        {"url": "redis://r.example", "port": 6379},
        {"url": "mongodb://a:1,b:2/x", "port": 1},
        {"url": "postgresql://u:p%40@db.example:5432/x?sslmode=require"},
    ],
)
def test_urls_of_endpoints(tmp_path: Path, endpoint: dict[str, Any]) -> None:
    (tmp_path / "services.yaml").write_text(yaml.safe_dump(document()))
    config = as_engine({"linkerd-platform:endpoints": {"db": endpoint}})
    found = loading.load(project="linkerd-platform", stack="dev", config=config, root=tmp_path)
    assert found.settings.endpoints

"""The load generator: what it sends, when it is there, and which settings are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from components import names
from components.config.catalogue.model import Catalogue
from components.config.stack.settings import Settings
from components.plan import load as load_plan
from tests.support.configuration import SERVICE, catalogue, problems
from tests.unit.components import program

pytestmark = pytest.mark.slow

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
NAME = names.LOAD_GENERATOR


def planned(load: dict[str, Any], stack: Any = None) -> dict[str, dict[str, str]]:
    """The plan of a catalogue with this load: for each container its flags and URL."""
    document = {**catalogue(), "load": load}
    settings = {} if stack is None else {"load": {"rate": stack}}
    plan = load_plan.plan(Catalogue.model_validate(document), Settings.model_validate(settings))
    return {name: _flags(arguments) for name, arguments in plan.items()}


def _flags(arguments: list[str]) -> dict[str, str]:
    command, *flags, url = arguments
    assert command == "load"
    return {"url": url, **{name: value for name, _, value in (f.partition("=") for f in flags)}}


def test_the_rate_is_split_by_the_shares() -> None:
    routes = [{"path": "/a", "share": 3}, {"path": "/b", "method": "POST", "timeout": "2s"}]
    plan = planned({"rate": 10, "routes": routes})
    assert plan.keys() == {"get-a", "post-b"}
    assert plan["get-a"] == {
        "url": "http://web:8080/a",
        "-quiet": "",
        "-allow-initial-errors": "",
        "-nocatchup": "",
        "-uniform": "",
        "-t": "0",
        "-qps": "7.5",
        "-c": "8",
        "-timeout": "30s",
        "-X": "GET",
    }
    assert (plan["post-b"]["-qps"], plan["post-b"]["-X"]) == ("2.5", "POST")
    assert plan["post-b"]["-timeout"] == "2s"


@given(
    st.floats(min_value=0.01, max_value=1000),
    st.lists(st.integers(1, 1000), min_size=1, max_size=9),
)
def test_the_rates_add_up(rate: float, shares: list[int]) -> None:
    routes = [{"path": f"/{index}", "share": share} for index, share in enumerate(shares)]
    plan = planned({"rate": rate, "routes": routes})
    assert sum(float(flags["-qps"]) for flags in plan.values()) == pytest.approx(rate, rel=1e-4)
    assert all(1 <= int(flags["-c"]) <= load_plan.MAX_CONNECTIONS for flags in plan.values())


def test_the_stacks_rate_wins() -> None:
    load = {"rate": 4, "routes": [{"path": "/a"}]}
    assert planned(load)["get-a"]["-qps"] == "4"
    assert planned(load, stack=0.5)["get-a"]["-qps"] == "0.5"
    assert planned(load, stack=0) == {}
    assert planned({"routes": [{"path": "/a"}]}) == {}


@pytest.mark.parametrize("stack", ["local", "dev", "staging", "prod"])
def test_it_is_off_by_default(stack: str) -> None:
    versions = {"local": (1, 35)}
    outcome = program.once(stack, kubernetes=versions.get(stack, (1, 33)))
    assert NAME not in outcome.of(DEPLOYMENT)


@pytest.mark.parametrize("preview", [True, False])
def test_a_rate_switches_it_on(preview: bool) -> None:
    outcome = program.run("local", preview=preview, load={"rate": 6})
    deployment = outcome.of(DEPLOYMENT)[NAME]
    spec = deployment["spec"]
    pod = spec["template"]["spec"]
    rates = {
        c["name"]: next(a for a in c["args"] if a.startswith("-qps")) for c in pod["containers"]
    }
    assert rates == {
        "get-api-users": "-qps=3",
        "get-api-products": "-qps=2",
        "post-api-checkout": "-qps=1",
    }
    urls = {container["args"][-1] for container in pod["containers"]}
    assert "http://api-gateway:8080/api/users" in urls
    assert spec["strategy"] == {"type": "Recreate"}
    assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    account = outcome.of("kubernetes:core/v1:ServiceAccount")[NAME]
    assert pod["serviceAccountName"] == account["metadata"]["name"] == NAME
    assert account["automountServiceAccountToken"] is False
    assert NAME not in outcome.of("kubernetes:core/v1:Service")


def test_no_service_selects_its_pods() -> None:
    outcome = program.once("local", load={"rate": 6})
    labels = outcome.of(DEPLOYMENT)[NAME]["spec"]["template"]["metadata"]["labels"].items()
    services = outcome.of("kubernetes:core/v1:Service")
    assert services
    assert not [n for n, i in services.items() if i["spec"]["selector"].items() <= labels]


@pytest.mark.parametrize("rate", [-1, 1001, "many", True, [5]])
def test_a_rate_that_cannot_be(tmp_path: Path, rate: Any) -> None:
    document = {**catalogue(), "load": {"rate": rate, "routes": [{"path": "/a"}]}}
    found = problems(tmp_path, document, load={"rate": rate})
    assert found.keys() == {"load.rate"}


REFUSED = [
    pytest.param({"routes": []}, "load.routes", "at least one entry", id="no routes"),
    pytest.param(
        {"routes": [{"path": "/a/{id}"}]}, "load.routes.0.path", "as it is sent", id="parameter"
    ),
    pytest.param(
        {"routes": [{"path": "/a"}, {"path": "/a"}]}, "load.routes.1", "once", id="same route"
    ),
    pytest.param(
        {"routes": [{"path": "/a", "share": 0}]}, "load.routes.0.share", "1 to 1000", id="share"
    ),
]


@pytest.mark.parametrize(("load", "path", "allowed"), REFUSED)
def test_routes_that_cannot_be(
    tmp_path: Path, load: dict[str, Any], path: str, allowed: str
) -> None:
    found = problems(tmp_path, {**catalogue(), "load": load})
    assert list(found) == [path]
    assert allowed in found[path].allowed


def test_a_rate_without_routes_is_refused_and_no_rate_is_not(tmp_path: Path) -> None:
    found = problems(tmp_path, load={"rate": 5}, namespace="Upper")
    assert found.keys() >= {"namespace"}
    found = problems(tmp_path, load={"rate": 5})
    assert list(found) == ["load.rate"]
    assert "services.yaml" in found["load.rate"].fix
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        problems(tmp_path, load={"rate": 0})


def test_the_name_is_taken_and_grpc_is_not_spoken(tmp_path: Path) -> None:
    document = catalogue(**{NAME: SERVICE}, bad={"image": "no-tag"})
    document["services"]["web"] = {**SERVICE, "protocol": "grpc"}
    document["load"] = {"routes": [{"path": "/a"}]}
    found = problems(tmp_path, document)
    assert found.keys() == {f"services.{NAME}", "load", "services.bad.image"}
    assert found["load"].allowed == "a gateway whose protocol is http"


def test_a_catalogue_without_load_may_use_the_name(tmp_path: Path) -> None:
    text = yaml.safe_dump(catalogue(**{NAME: SERVICE}))
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        problems(tmp_path, text=text)


def test_the_error_stops_the_program() -> None:
    with pytest.raises(pulumi.RunError, match=r"load\.rate"):
        program.once("local", load={"rate": 5000})

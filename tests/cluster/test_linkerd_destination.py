"""What Linkerd's own destination controller makes of the deployed platform.

Each profile here is what the proxy of a client gets, asked over the proxies' own protocol.
"""

from __future__ import annotations

import ipaddress
import re
import subprocess
from collections.abc import Iterator

import pytest

from components.config.catalogue.model import RetryBudget, Route
from components.traffic.service_profile import profile_spec
from tests.cluster.checkout import Project, Run
from tests.cluster.linkerd import catalogue, destination, profiles_page, smi
from tests.cluster.linkerd.api import Api, Manifest
from tests.cluster.linkerd.catalogue import authority
from tests.cluster.linkerd.destination import Budget, Destination, Profile
from tests.support.catalogue import SERVICES, STORES, of_style, port

NAMESPACE = "microservices"
DEFAULT_BUDGET = Budget(ratio=0.2, min_retries_per_second=10, ttl=10_000)
APEX = "user-service"
LEAF = "user-service-v2"


@pytest.fixture(scope="module")
def api(deployed: tuple[Project, Run]) -> Api:
    return Api.of(deployed)


@pytest.fixture(scope="module")
def client(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Destination]:
    with destination.serving(api, tmp_path_factory.mktemp("destination") / "log") as client:
        yield client


@pytest.fixture
def split(api: Api) -> Manifest:
    found: Manifest = api.get(smi.SPLITS, f"{APEX}-split", f"--namespace={NAMESPACE}")
    return found


def test_the_controller_listens_on_loopback_only(client: Destination) -> None:
    listing = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
    own = [line.split() for line in listing.splitlines() if f"pid={client.controller.pid}," in line]
    addresses = {line[3].rpartition(":")[0] for line in own}
    assert len(own) == 2
    assert all(ipaddress.ip_address(address).is_loopback for address in addresses)


@pytest.mark.parametrize("name", of_style("profile"))
def test_a_profile_serves_the_routes_of_the_catalogue(client: Destination, name: str) -> None:
    profile = client.profile(authority(name, NAMESPACE))
    assert profile.name == f"{name}.{NAMESPACE}.svc.cluster.local"
    assert not profile.opaque
    assert [
        (route.name, route.method, route.retryable, route.timeout, route.classes)
        for route in profile.routes
    ] == [
        (
            f"{route['method']} {route['path']}",
            route["method"],
            route.get("retryable", False),
            catalogue.timeout(route),
            catalogue.classes(route),
        )
        for route in catalogue.routes(name)
    ]
    assert profile.budget == catalogue.budget(SERVICES[name])


@pytest.mark.parametrize("name", of_style("profile"))
def test_a_route_takes_its_paths_and_no_others(client: Destination, name: str) -> None:
    profile = client.profile(authority(name, NAMESPACE))
    for served, written in zip(profile.routes, catalogue.routes(name), strict=True):
        path, others = catalogue.paths_of(written)
        assert re.fullmatch(served.regex, path)
        assert [other for other in others if re.fullmatch(served.regex, other)] == []


@pytest.mark.parametrize("name", of_style("route"))
def test_the_style_route_is_left_to_the_policy_controller(client: Destination, name: str) -> None:
    """A profile with routes would switch off the service's HTTPRoutes and circuit breaker."""
    profile = client.profile(authority(name, NAMESPACE), lambda found: not found.routes)
    assert (profile.routes, profile.weights, profile.opaque) == ((), {}, False)
    assert profile.budget == DEFAULT_BUDGET


@pytest.mark.parametrize("name", [*of_style("opaque"), *STORES])
def test_a_protocol_that_linkerd_does_not_read_is_opaque(client: Destination, name: str) -> None:
    profile = client.profile(authority(name, NAMESPACE))
    assert profile.opaque
    assert (profile.routes, profile.weights) == ((), {})


@pytest.fixture
def classified(api: Api) -> Iterator[str]:
    """A service that has a profile for a while, with response classes and a budget of its own."""
    name = of_style("route")[0]
    classes = [{"min": 429}, {"min": 503, "isFailure": False}, {"min": 400, "max": 599}]
    route = Route.model_validate({"method": "GET", "path": "/", "responseClasses": classes})
    budget = RetryBudget.model_validate({"ratio": 0.1, "minRetriesPerSecond": 5, "ttl": "1m"})
    manifest = {
        "apiVersion": "linkerd.io/v1alpha2",
        "kind": "ServiceProfile",
        "metadata": {"name": f"{name}.{NAMESPACE}.svc.cluster.local", "namespace": NAMESPACE},
        "spec": profile_spec([route], budget),
    }
    api.create(manifest)
    yield name
    api.delete(manifest)


def test_response_classes_and_a_budget_are_served_as_written(
    client: Destination, classified: str
) -> None:
    profile = client.profile(authority(classified, NAMESPACE), lambda found: bool(found.routes))
    (route,) = profile.routes
    assert route.classes == ((429, 429, True), (503, 503, False), (400, 599, True))
    assert profile.budget == Budget(ratio=0.1, min_retries_per_second=5, ttl=60_000)


def weighted(split: Manifest, stable: int, canary: int) -> Manifest:
    backends = [{"service": APEX, "weight": stable}, {"service": LEAF, "weight": canary}]
    return {**split, "spec": {"service": APEX, "backends": backends}}


def targets(stable: int, canary: int) -> dict[str, int]:
    """The weights as proxies get them: in units of 1/10,000, under the apex's port."""
    return {
        f"{name}.{NAMESPACE}.svc.cluster.local:{port(APEX)}": weight * 10_000
        for name, weight in ((APEX, stable), (LEAF, canary))
    }


def has_weights(profile: Profile) -> bool:
    return bool(profile.weights)


def has_none(profile: Profile) -> bool:
    return not profile.weights


def test_the_deployed_split_sends_a_tenth_to_the_canary(
    api: Api, client: Destination, split: Manifest
) -> None:
    before = client.profile(authority(APEX, NAMESPACE), has_none)
    with smi.adapted(api, split):
        during = client.profile(authority(APEX, NAMESPACE), has_weights)
    after = client.profile(authority(APEX, NAMESPACE), has_none)
    assert during.weights == targets(900, 100)
    assert (during.routes, during.budget) == (before.routes, before.budget)
    assert after == before


@pytest.mark.parametrize(("stable", "canary"), [(1000, 0), (0, 1000), (995, 5)])
def test_weights_arrive_as_written(
    api: Api, client: Destination, split: Manifest, stable: int, canary: int
) -> None:
    with smi.adapted(api, weighted(split, stable, canary)):
        profile = client.profile(authority(APEX, NAMESPACE), has_weights)
    client.profile(authority(APEX, NAMESPACE), has_none)
    assert profile.weights == targets(stable, canary)


def pods(api: Api, version: str) -> frozenset[str]:
    selector = f"--selector=app.kubernetes.io/name={APEX},version={version}"
    found = api.get("pods", f"--namespace={NAMESPACE}", selector)["items"]
    return frozenset(f"{pod['status']['podIP']}:{port(APEX)}" for pod in found)


def test_apex_and_leaf_reach_their_own_version_only(api: Api, client: Destination) -> None:
    stable = client.endpoints(authority(APEX, NAMESPACE))
    canary = client.endpoints(f"{LEAF}.{NAMESPACE}.svc.cluster.local:{port(APEX)}")
    assert stable == pods(api, "v1")
    assert canary == pods(api, "v2")
    assert stable
    assert canary


def test_a_split_to_a_leaf_that_does_not_exist_goes_unnoticed(
    api: Api, client: Destination, split: Manifest
) -> None:
    """Why a canary's leaf Service is made with it: nothing refuses a split without.

    The profile gives the missing leaf its weight; only the question for its pods shows that there
    are none, and proxies then send the canary's share to the stable version.
    """
    missing = "user-service-v3"
    backends = [{"service": APEX, "weight": 900}, {"service": missing, "weight": 100}]
    with smi.adapted(api, {**split, "spec": {"service": APEX, "backends": backends}}):
        profile = client.profile(authority(APEX, NAMESPACE), has_weights)
    client.profile(authority(APEX, NAMESPACE), has_none)
    target = f"{missing}.{NAMESPACE}.svc.cluster.local:{port(APEX)}"
    assert profile.weights[target] == 1_000_000
    assert client.endpoints(target) is None


def test_the_page_shows_what_is_served(api: Api, client: Destination) -> None:
    """Run ``python -m tests.cluster.linkerd.profiles_page`` after ``make up`` when it fails."""
    profiles = profiles_page.collect(api, client)
    made = profiles_page.render(profiles, profiles_page.version(api))
    assert profiles_page.PAGE.read_text(encoding="utf-8") == made
    client.profile(authority(APEX, NAMESPACE), has_none)

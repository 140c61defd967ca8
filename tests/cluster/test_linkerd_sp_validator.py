"""Linkerd's own validator of ServiceProfiles, called by the API server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from components.config.catalogue.model import RetryBudget, Route
from components.traffic.service_profile import profile_spec
from tests.cluster.checkout import Project, Run
from tests.cluster.linkerd import smi, webhooks
from tests.cluster.linkerd.api import Api, Manifest
from tests.support.catalogue import of_style

NAMESPACE = "microservices"
# Where the platform's own gates do not look, which would refuse some before the validator does.
ELSEWHERE = "default"
NAME = f"probe.{NAMESPACE}.svc.cluster.local"
DENIED = 'admission webhook "linkerd-sp-validator.linkerd.io" denied the request: '

ROUTE = {"name": "GET /", "condition": {"method": "GET", "pathRegex": "/"}}
BUDGET = {"retryRatio": 0.2, "minRetriesPerSecond": 10, "ttl": "10s"}


def profile(spec: dict[str, Any], name: str = NAME) -> Manifest:
    return {
        "apiVersion": "linkerd.io/v1alpha2",
        "kind": "ServiceProfile",
        "metadata": {"name": name, "namespace": ELSEWHERE},
        "spec": spec,
    }


def with_route(**changes: Any) -> Manifest:
    return profile({"routes": [{**ROUTE, **changes}], "retryBudget": BUDGET})


def with_budget(**changes: Any) -> Manifest:
    return profile({"routes": [ROUTE], "retryBudget": {**BUDGET, **changes}})


def with_status(**status: int) -> Manifest:
    return with_route(responseClasses=[{"condition": {"status": status}, "isFailure": True}])


@pytest.fixture(scope="module")
def api(deployed: tuple[Project, Run], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API server, which asks the validator about every ServiceProfile."""
    api = Api.of(deployed)
    folder = tmp_path_factory.mktemp("sp-validator")
    with webhooks.serving(webhooks.SP_VALIDATOR, api, folder, with_route()):
        yield api


@pytest.mark.parametrize("name", of_style("profile"))
def test_the_platforms_profiles_are_admitted(api: Api, name: str) -> None:
    full = f"{name}.{NAMESPACE}.svc.cluster.local"
    spec = api.get("serviceprofile", full, f"--namespace={NAMESPACE}")["spec"]
    assert api.try_create(profile(spec)).object["spec"] == spec


def test_a_profile_with_a_split_in_it_is_admitted(api: Api) -> None:
    (split,) = api.items(smi.SPLITS, NAMESPACE)
    spec = {"routes": [ROUTE], "dstOverrides": smi.overrides(split)}
    assert api.try_create(profile(spec)).object["spec"] == spec


def test_response_classes_and_budgets_are_admitted_as_written(api: Api) -> None:
    classes = [{"min": 100}, {"min": 503, "isFailure": False}, {"min": 404, "max": 599}]
    route = Route.model_validate({"method": "GET", "path": "/", "responseClasses": classes})
    for budget in (
        {"ratio": 0, "minRetriesPerSecond": 0, "ttl": "1s"},
        {"ratio": 1, "minRetriesPerSecond": 100, "ttl": "1m"},
    ):
        spec = {**profile_spec([route], RetryBudget.model_validate(budget))}
        assert api.try_create(profile(spec)).object["spec"] == spec


REFUSED = {
    "a timeout in days": (
        with_route(timeout="1d"),
        'has a route with an invalid timeout: time: unknown unit "d" in duration "1d"',
    ),
    "a field that conditions do not have": (
        with_route(condition={"all": [{"method": "GET", "header": "x"}]}),
        'unknown field "header"',
    ),
    "an empty condition": (
        with_route(condition={}),
        "has a route with an invalid condition: A request match must have a field set",
    ),
    "an empty name": (with_route(name=""), "has a route with no name"),
    "a budget's ttl without unit": (
        with_budget(ttl="10"),
        'RetryBudget: time: missing unit in duration "10"',
    ),
    "a budget without ttl": (with_budget(ttl=""), "RetryBudget missing TTL field"),
    "a negative ratio": (
        with_budget(retryRatio=-0.2),
        "RetryBudget RetryRatio must be non-negative: -0.200000",
    ),
    "a range of status codes upside down": (
        with_status(min=500, max=400),
        "Range maximum cannot be smaller than minimum",
    ),
    "a status code that is none": (
        with_status(min=600),
        "Range minimum must be between 100 and 599, inclusive",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_broken_profile_is_refused(api: Api, case: str) -> None:
    manifest, reason = REFUSED[case]
    error = api.try_create(manifest).error
    assert DENIED in error
    assert error.endswith(reason)


def test_a_missing_condition_is_refused_by_the_schema(api: Api) -> None:
    error = api.try_create(profile({"routes": [{"name": "GET /"}]})).error
    assert error.endswith("spec.routes[0].condition: Required value")


def test_nobody_but_our_own_checks_sees_retries_in_a_route(api: Api) -> None:
    """Why the policy pack refuses the field: the API server drops it before the validator looks."""
    answer = api.try_create(with_route(retries={"limit": 3, "timeout": "500ms"}))
    assert answer.object["spec"]["routes"] == [ROUTE]

"""Objectives of the catalogue and of a stack: their values, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from components.config.catalogue.model import Catalogue
from components.config.catalogue.objectives import Objective
from components.config.overrides import apply
from components.config.rules import table
from components.config.rules.context import StackContext
from components.config.stack.settings import Settings
from components.observability.files import MOST_RULES, rule_files
from components.observability.objectives import slos
from components.observability.scope import scope
from tests.support.configuration import SERVICE, catalogue, problems

ROUTE = {"method": "GET", "path": "/a", "timeout": "1s"}


def model(**services: Any) -> Catalogue:
    caller = {**SERVICE, "calls": list(services)}
    return Catalogue.model_validate(catalogue(**{"caller": caller, **services}))


def found(document: Catalogue, **settings: Any) -> dict[str, float]:
    """The objectives in per cent, by their ids, without those of the other services."""
    stack = Settings.model_validate(settings)
    every = slos(scope(apply(document, stack), stack))
    return {
        slo.labels["sloth_id"]: slo.percent for slo in every if slo.service not in {"web", "caller"}
    }


def test_a_service_has_99_per_cent_of_success_and_of_fast_answers() -> None:
    assert found(model(shop=SERVICE)) == {"shop-availability": 99, "shop-latency": 99}


def test_a_service_without_http_or_without_an_objective_has_none() -> None:
    none = {**SERVICE, "objective": None}

    assert found(model(shop=none, queue={**SERVICE, "protocol": "tcp"})) == {}


def test_a_stack_overrides_keys_of_a_service() -> None:
    document = model(shop={**SERVICE, "objective": {"success": 99.5, "requests": 7}})
    stack = {"services": {"shop": {"objective": {"success": 95}}}}
    settings = Settings.model_validate(stack)

    assert found(document, **stack)["shop-availability"] == 95
    assert apply(document, settings).services["shop"].objective == Objective.model_validate(
        {"success": 95, "requests": 7}
    )


def test_a_route_has_an_objective_of_its_own_with_the_services_other_keys() -> None:
    route = {**ROUTE, "objective": {"success": 95}}
    service = {**SERVICE, "objective": {"latency": "1s"}, "routes": [route]}
    stack = Settings()
    every = {
        slo.name: slo for slo in slos(scope(model(shop=service), stack)) if slo.service == "shop"
    }

    assert every["get-a-availability"].percent == 95
    assert 'rt_route="GET /a"' in every["get-a-availability"].bad("5m")
    assert 'le=~"1000|1000[.]0"' in every["get-a-latency"].bad("5m")


def test_before_2_18_a_route_in_style_route_has_no_objective_of_its_own() -> None:
    route = {**ROUTE, "objective": {"success": 95}}
    document = model(shop={**SERVICE, "style": "route", "routes": [route]})

    assert "shop-get-a-availability" in found(document)
    old = {"linkerd": {"release": "2.14", "unsupported": "warn"}}
    assert set(found(document, **old)) == {"shop-availability", "shop-latency"}


@pytest.mark.parametrize("percent", [93, 93.05, 100, 0, True])
def test_objectives_that_cannot_page_are_refused(percent: float) -> None:
    with pytest.raises(ValidationError):
        Objective.model_validate({"success": percent})


@pytest.mark.parametrize("percent", [93.1, 99, 99.999])
def test_objectives_that_can_page_are_accepted(percent: float) -> None:
    assert Objective.model_validate({"success": percent}).success == percent


@pytest.mark.parametrize(
    ("style", "latency"), [("profile", "600ms"), ("route", "100ms"), ("route", "2s")]
)
def test_a_latency_that_proxies_do_not_count_is_refused(
    style: str, latency: str, tmp_path: Path
) -> None:
    objective = {"latency": latency}
    shop = {**SERVICE, "style": style, "objective": objective}
    shop["routes"] = [{**ROUTE, "objective": objective}]

    problem = problems(tmp_path, catalogue(shop=shop))

    assert {"services.shop.objective.latency", "services.shop.routes.0.objective.latency"} == set(
        problem
    )
    assert "500ms" in problem["services.shop.objective.latency"].allowed


def test_so_is_one_of_a_stack(tmp_path: Path) -> None:
    stack = {"shop": {"objective": {"latency": "250ms"}}}

    problem = problems(tmp_path, catalogue(shop=SERVICE), services=stack)

    assert list(problem) == ["services.shop.objective.latency"]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, []),
        ({"alerts": {"alertmanager": "alertmanager.monitoring:9093"}}, []),
        ({"alerts": {"rules": "operator", "labels": {"release": "x"}}}, []),
        ({"alerts": {"labels": {"release": "x"}}}, ["alerts.labels"]),
        (
            {"alerts": {"rules": "operator", "alertmanager": "a.b:9093"}},
            ["alerts.alertmanager"],
        ),
        ({"linkerd": {"viz": "off"}, "alerts": {"rules": "viz"}}, ["alerts.rules"]),
        ({"linkerd": {"viz": "off"}, "alerts": {"rules": "off"}}, []),
        ({"linkerd": {"viz": "off"}}, []),
    ],
)
def test_alerts_have_a_place(settings: dict[str, Any], expected: list[str]) -> None:
    stack = StackContext(settings=Settings.model_validate(settings))
    paths = [finding.path for finding in table.findings(table.SETTINGS, stack)]

    assert [path for path in paths if path.startswith("alerts.")] == expected


def test_a_large_catalogue_gets_several_files_that_fit_into_a_config_map() -> None:
    document = model(**{f"service-{n}": SERVICE for n in range(60)})

    files = rule_files(document, Settings.model_validate({"alerts": {"rules": "operator"}}))

    assert len({file.versioned for file in files}) == len(files) > 1
    assert all(len(file.text.encode()) < 2**20 for file in files)
    rules = [len(g["rules"]) for file in files for g in file.content["groups"]]
    assert sum(rules) > MOST_RULES


def test_the_name_changes_with_the_rules_and_only_with_them() -> None:
    names = {
        rule_files(document, Settings())[0].versioned
        for document in (model(shop=SERVICE), model(shop=SERVICE), model(other=SERVICE))
    }

    assert len(names) == 2

"""``mode: automated``: what Flagger is given, what is left to it, and what it cannot drive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from components.names import primary
from tests.support.configuration import SERVICE, catalogue, problems
from tests.unit.components import program
from tools import paths

pytestmark = pytest.mark.slow

FLAGGER = "kubernetes:flagger.app/v1beta1"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
AUTOMATED = {"mode": "automated"}
ROUTES = [{"method": "GET", "path": "/", "timeout": "1s"}]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The program with an automated canary of ``api``, which ``entry`` describes."""

    def run(entry: dict[str, Any], *, stack: str = "dev", **canary: Any) -> program.Outcome:
        linkerd = {**program.config_of(stack)["linkerd-platform:linkerd"], "flagger": "install"}
        return program.of_catalogue(
            tmp_path,
            catalogue(api={**SERVICE, **entry}),
            stack,
            kubernetes=(1, 33),
            linkerd=linkerd | canary.pop("linkerd", {}),
            canaries={"api": {**AUTOMATED, **canary}},
        )

    monkeypatch.chdir(paths.ROOT)
    return run


def canary_of(outcome: program.Outcome) -> dict[str, Any]:
    (inputs,) = outcome.of(f"{FLAGGER}:Canary").values()
    assert inputs["metadata"]["name"] == "api"
    spec: dict[str, Any] = inputs["spec"]
    return spec


def test_the_fields_that_flagger_writes_are_left_alone(
    run: Any, ignored: dict[tuple[str, str], list[str]]
) -> None:
    run({})
    assert ignored == {
        (DEPLOYMENT, "api"): ["spec.replicas"],
        ("kubernetes:core/v1:Service", "api"): ["spec.selector", "spec.ports"],
    }


def test_where_people_own_the_weights_every_field_is_written(
    ignored: dict[tuple[str, str], list[str]],
) -> None:
    assert program.run("dev", kubernetes=(1, 33)).registered
    assert not [key for key in ignored if key[0] in (DEPLOYMENT, "kubernetes:core/v1:Service")]


def test_flagger_gets_the_target_and_the_analysis(run: Any) -> None:
    analysis = {"interval": "30m", "threshold": 3, "maxWeight": 60, "stepWeight": 20}
    spec = canary_of(
        run({"routes": ROUTES}, objective=99.5, analysis={**analysis, "maxLatency": "1s500ms"})
    )
    assert spec["targetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
    assert spec["provider"] == "smi:v1alpha2"
    assert spec["revertOnDeletion"] is True
    metrics = spec["analysis"].pop("metrics")
    assert spec["analysis"] == analysis
    assert [metric["thresholdRange"] for metric in metrics] == [{"min": 99.5}, {"max": 1500}]
    assert {metric["interval"] for metric in metrics} == {"30m"}


def test_the_apex_is_described_as_it_is(run: Any) -> None:
    """Flagger writes into the apex what differs from the Canary."""
    outcome = run({"protocol": "grpc", "port": 9000})
    (port,) = outcome.of("kubernetes:core/v1:Service")["api"]["spec"]["ports"]
    service = canary_of(outcome)["service"]
    assert service == {
        "name": "api",
        "port": port["port"],
        "portName": port["name"],
        "targetPort": port["targetPort"],
        "appProtocol": port["appProtocol"],
    }


def test_a_metric_template_for_each_metric(run: Any) -> None:
    outcome = run({})
    templates = outcome.of(f"{FLAGGER}:MetricTemplate")
    referred = [metric["templateRef"] for metric in canary_of(outcome)["analysis"]["metrics"]]
    assert [{"name": name, "namespace": "microservices"} for name in templates] == referred
    for inputs in templates.values():
        spec = inputs["spec"]
        address = "http://prometheus.linkerd-viz:9090"
        assert spec["provider"] == {"type": "prometheus", "address": address}
        assert 'dst_deployment="{{ target }}"' in spec["query"]
        counted = spec["query"].count("increase(") + spec["query"].count("rate(")
        assert spec["query"].count("[{{ interval }}]") == counted


def test_another_prometheus_is_asked_by_flagger_too(run: Any) -> None:
    url = "http://prometheus.monitoring:9090"
    scraper = {"serviceAccount": "prometheus", "namespace": "monitoring"}
    outcome = run({}, linkerd={"prometheusUrl": url, "scraper": scraper})
    for inputs in outcome.of(f"{FLAGGER}:MetricTemplate").values():
        assert inputs["spec"]["provider"]["address"] == url
    values = outcome.of("kubernetes:helm.sh/v3:Release")["flagger"]["values"]
    assert values["metricsServer"] == url
    assert values["linkerdAuthPolicy"]["create"] is False


def test_what_flagger_makes_is_not_made_here(run: Any) -> None:
    outcome = run({"style": "route"})
    assert canary_of(outcome)["provider"] == "gatewayapi:v1"
    assert canary_of(outcome)["service"]["gatewayRefs"] == [
        {"group": "core", "kind": "Service", "name": "api", "namespace": "microservices"}
        | {"port": 8080}
    ]
    assert not outcome.of("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute")
    assert not outcome.of("kubernetes:split.smi-spec.io/v1alpha2:TrafficSplit")
    names = outcome.of(DEPLOYMENT).keys() | outcome.of("kubernetes:core/v1:Service").keys()
    assert names == {"web", "api"}
    assert outcome.outputs["automatedCanaries"] == ["api"]
    assert outcome.outputs["canaryWeights"] == {}


def test_the_profile_stays_and_is_there_before_flagger(run: Any) -> None:
    outcome = run({"routes": ROUTES})
    (profile,) = outcome.of("kubernetes:linkerd.io/v1alpha2:ServiceProfile").values()
    assert profile["spec"].keys() == {"routes", "retryBudget"}
    types = [registered.type for registered in outcome.registered]
    profiles = types.index("kubernetes:linkerd.io/v1alpha2:ServiceProfile")
    assert profiles < types.index(f"{FLAGGER}:Canary")


def test_autoscaler_and_disruption_budget_are_those_of_the_stable_pods(run: Any) -> None:
    outcome = run({"autoscaling": {"min": 2, "max": 4}, "stable": "v3", "versions": {"v3": {}}})
    spec = canary_of(outcome)
    assert spec["targetRef"]["name"] == spec["autoscalerRef"]["name"] == "api-v3"
    assert "api-v3" in outcome.of("kubernetes:autoscaling/v2:HorizontalPodAutoscaler")
    (budget,) = outcome.of("kubernetes:policy/v1:PodDisruptionBudget").values()
    selected = budget["spec"]["selector"]["matchLabels"]
    assert selected["app.kubernetes.io/name"] == primary("api")


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"versions": {"v1": {}, "v2": {}}}, "two versions"),
        ({"protocol": "tcp", "scheme": "nats"}, "does not read"),
        ({"style": "route", "routes": ROUTES}, "with `routes`"),
        ({"ports": {"admin": {"port": 9090}}}, "`ports`"),
        ({"storage": {"path": "/data"}}, "`storage`"),
    ],
    ids=["versions", "tcp", "routes", "ports", "storage"],
)
def test_what_flagger_cannot_drive(tmp_path: Path, entry: dict[str, Any], found: str) -> None:
    told = problems(
        tmp_path,
        catalogue(api={**SERVICE, **entry}),
        canaries={"api": AUTOMATED},
        linkerd={"flagger": "install"},
    )
    assert list(told) == ["canaries.api.mode"]
    assert found in told["canaries.api.mode"].found


def test_neither_the_gateway_nor_a_service_whose_names_are_taken(tmp_path: Path) -> None:
    document = catalogue(**{"api": SERVICE, "api-primary": SERVICE})
    told = problems(
        tmp_path,
        document,
        canaries={"web": AUTOMATED, "api": AUTOMATED},
        linkerd={"flagger": "external"},
    )
    assert "the gateway" in told["canaries.web.mode"].found
    assert "api-primary" in told["canaries.api.mode"].found


def test_every_setting_in_vain_at_once(tmp_path: Path) -> None:
    automated = {"weight": 10, "window": "1m", "minimumRequests": 5}
    told = problems(
        tmp_path,
        catalogue(api=SERVICE, two={**SERVICE, "versions": {"v1": {}, "v2": {}}}),
        canaries={
            "api": {**AUTOMATED, **automated, "analysis": {"stepWeight": 20, "maxWeight": 10}},
            "two": {"analysis": {}},
        },
    )
    assert sorted(told) == [
        "canaries.api.analysis.stepWeight",
        "canaries.api.minimumRequests",
        "canaries.api.weight",
        "canaries.api.window",
        "canaries.two.analysis",
        "canaries.two.weight",
        "linkerd.flagger",
    ]


@pytest.mark.parametrize(
    ("linkerd", "path"),
    [
        ({"flagger": "install", "viz": "off"}, "linkerd.flagger"),
        ({"flagger": "install", "smi": "off"}, "canaries.api.mode"),
    ],
    ids=["viz", "smi"],
)
def test_what_flagger_needs_of_the_mesh(tmp_path: Path, linkerd: dict[str, Any], path: str) -> None:
    told = problems(tmp_path, catalogue(api=SERVICE), canaries={"api": AUTOMATED}, linkerd=linkerd)
    assert list(told) == [path]


def test_a_release_with_other_http_routes_than_flaggers(tmp_path: Path) -> None:
    told = problems(
        tmp_path,
        catalogue(api={**SERVICE, "style": "route"}),
        canaries={"api": AUTOMATED},
        linkerd={"flagger": "install", "release": "2.14"},
    )
    assert "policy.linkerd.io/v1beta3" in told["canaries.api.mode"].found


@pytest.mark.parametrize(
    ("key", "value"),
    [("window", "30s"), ("window", "2d"), ("objective", 49), ("minimumRequests", 0)],
)
def test_bounds_of_the_gate(tmp_path: Path, key: str, value: Any) -> None:
    service = {**SERVICE, "versions": {"v1": {}, "v2": {}}}
    told = problems(tmp_path, catalogue(api=service), canaries={"api": {"weight": 1, key: value}})
    assert list(told) == [f"canaries.api.{key}"]

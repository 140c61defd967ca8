"""Where the program puts the rules."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.unit.components import program

pytestmark = pytest.mark.slow

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
RELEASE = "kubernetes:helm.sh/v3:Release"
RULE = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"


def values(outcome: program.Outcome, chart: str) -> dict[str, Any]:
    found: dict[str, Any] = outcome.of(RELEASE)[chart]["values"]
    return found


def test_vizs_prometheus_mounts_what_its_config_map_holds() -> None:
    outcome = program.run("staging", alerts={"alertmanager": "alertmanager.monitoring:9093"})
    chart = values(outcome, "linkerd-viz")["prometheus"]
    (mount,) = chart["ruleConfigMapMounts"]
    config_map = outcome.of(CONFIG_MAP)["linkerd-platform"]

    assert config_map["metadata"]["namespace"] == "linkerd-viz"
    assert config_map["metadata"]["name"] == mount["configMap"]
    assert list(config_map["data"]) == [mount["subPath"]]
    # Only these are among the chart's `rule_files`.
    assert mount["subPath"].endswith("_rules.yml")
    assert yaml.safe_load(config_map["data"][mount["subPath"]])["groups"]
    (target,) = chart["alertmanagers"]
    assert target["static_configs"] == [{"targets": ["alertmanager.monitoring:9093"]}]


def test_a_canarys_weight_changes_no_rule() -> None:
    runs = [program.run("staging", canaries={"user-service": {"weight": n}}) for n in (0, 25, 100)]
    first, *others = (values(run, "linkerd-viz")["prometheus"] for run in runs)
    assert others == [first, first]


def test_an_operator_gets_a_rule_and_monitors_with_its_labels() -> None:
    labels = {"release": "prometheus"}
    outcome = program.run("staging", alerts={"rules": "operator", "labels": labels})
    rule = outcome.of(RULE)["linkerd-platform"]

    assert rule["metadata"]["namespace"] == "microservices"
    assert rule["metadata"]["labels"]["release"] == "prometheus"
    assert {group["name"] for group in rule["spec"]["groups"]} >= {"alerts"}
    monitors = values(outcome, "linkerd-control-plane")["podMonitor"]
    assert monitors == {"enabled": True, "labels": labels}
    assert "ruleConfigMapMounts" not in values(outcome, "linkerd-viz").get("prometheus", {})


def test_without_a_place_there_are_no_rules() -> None:
    outcome = program.run("staging", alerts={"rules": "off"})

    assert "linkerd-platform" not in outcome.of(CONFIG_MAP)
    assert outcome.of(RULE) == {}
    assert "podMonitor" not in values(outcome, "linkerd-control-plane")

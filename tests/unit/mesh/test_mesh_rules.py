"""What the mesh's settings must satisfy together."""

from __future__ import annotations

from typing import Any

import pytest

from components.config.rules import table
from components.config.rules.context import StackContext
from components.config.stack.settings import Linkerd, Settings

COLLECTOR = {"endpoint": "otel.tracing:4317", "serviceAccount": "otel", "namespace": "tracing"}


OTHER_PROMETHEUS = {
    "prometheusUrl": "http://prometheus.monitoring:9090",
    "scraper": {"serviceAccount": "prometheus", "namespace": "monitoring"},
}


def paths(**linkerd: Any) -> list[str]:
    settings = Settings.model_validate({"linkerd": linkerd})
    found = table.findings(table.SETTINGS, StackContext(settings=settings))
    return [finding.path for finding in found]


@pytest.mark.parametrize(
    "linkerd",
    [
        {},
        {"tracing": "external", "collector": COLLECTOR},
        {"tracing": "external", "release": "2.18"},
        {**OTHER_PROMETHEUS, "grafanaUrl": "grafana.web:3000"},
        {"grafanaUrl": "https://grafana.example.com"},
        {"gatewayApi": "off"},
    ],
)
def test_settings_that_go_together(linkerd: dict[str, Any]) -> None:
    assert paths(**linkerd) == []


@pytest.mark.parametrize(
    ("linkerd", "expected"),
    [
        ({"tracing": "external"}, ["linkerd.collector"]),
        ({"collector": COLLECTOR}, ["linkerd.collector"]),
        (
            {"tracing": "external", "release": "2.18", "collector": COLLECTOR},
            ["linkerd.collector"],
        ),
        (
            {"viz": "external", **OTHER_PROMETHEUS, "jaegerUrl": "j.t:16686"},
            ["linkerd.prometheusUrl", "linkerd.jaegerUrl"],
        ),
        ({"viz": "off", "grafanaUrl": "g.web:3000"}, ["linkerd.grafanaUrl"]),
        ({"release": "2.14", "gatewayApi": "off"}, ["linkerd.gatewayApi"]),
        (
            {"gatewayApi": "external", "charts": {"gatewayApiDirectory": "crds"}},
            ["linkerd.charts.gatewayApiDirectory"],
        ),
    ],
)
def test_settings_that_do_not(linkerd: dict[str, Any], expected: list[str]) -> None:
    assert paths(**linkerd) == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("jaegerUrl", "http://jaeger:16686"),
        ("jaegerUrl", "jaeger"),
        ("grafanaUrl", "ftp://grafana"),
        ("grafanaUrl", "grafana:0"),
        ("prometheusUrl", "prometheus:9090"),
    ],
)
def test_addresses_that_the_chart_could_not_use(key: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"host:port|http or https URL"):
        Linkerd.model_validate({key: value})

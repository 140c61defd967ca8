"""The mesh as each release installs it, in every way that a stack can ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.linkerd.releases import RELEASES
from tests.unit.components import program

RELEASE = "kubernetes:helm.sh/v3:Release"
EVERYTHING: Mapping[str, Any] = {
    "highAvailability": True,
    "nativeSidecar": True,
    "prometheusUrl": "http://prometheus.monitoring:9090",
    "scraper": {"serviceAccount": "prometheus", "namespace": "monitoring"},
    "grafanaUrl": "grafana.monitoring:3000",
    "jaegerUrl": "jaeger.tracing:16686",
    "unsupported": "warn",
}


def settings(release: str) -> dict[str, Any]:
    """The least that a stack says to get the release."""
    charts = {"directory": "charts"} if RELEASES[release].local_only else {}
    return {"release": release, "charts": charts, "unsupported": "warn"}


def installed(release: str, **linkerd: Any) -> dict[str, dict[str, Any]]:
    """The inputs of every Helm release that the program registers, by name.

    ``alerts`` are the stack's, beside its settings of Linkerd.
    """
    outcome = program.run(
        "dev",
        alerts=linkerd.pop("alerts", {}),
        kubernetes=RELEASES[release].kubernetes[1],
        linkerd={**settings(release), **linkerd},
    )
    return outcome.of(RELEASE)


def ways(release: str) -> Iterator[dict[str, Any]]:
    """Settings that between them set every value that the program can set."""
    yield {}
    yield {**EVERYTHING}
    yield {"grafanaUrl": "https://grafana.example.com"}
    yield {"identity": {"mode": "cert-manager"}}
    yield {"flagger": "install"}
    yield {"alerts": {"alertmanager": "alertmanager.monitoring:9093"}}
    # The charts of 2.13 do not know labels of PodMonitors.
    labels = {} if RELEASES[release].local_only else {"labels": {"release": "prometheus"}}
    yield {"alerts": {"rules": "operator", **labels}}
    yield {"clusterDomain": "corp.example", "clusterNetworks": ["34.118.224.0/20"]}
    if not RELEASES[release].has_jaeger_extension:
        collector = {"endpoint": "otel.tracing:4317", "serviceAccount": "otel"}
        yield {"tracing": "external", "collector": {**collector, "namespace": "tracing"}}

"""The viz extension: metrics, tap and the dashboard."""

from __future__ import annotations

from typing import Any

import pulumi

from components.config.stack.settings import Linkerd
from components.linkerd import namespaces
from components.linkerd.inbound_policy import ANNOTATION, for_extensions
from components.mesh.charts import Chart, helm_release
from components.mesh.extensions import extension_namespace
from components.mesh.tracing import jaeger_url
from components.mesh.values import domains, merged

NAME = namespaces.VIZ


def prometheus_address(linkerd: Linkerd) -> str:
    """The URL, within the cluster, of the Prometheus that has the proxies' metrics."""
    return linkerd.prometheus_url or f"http://prometheus.{NAME}:9090"


class Viz(pulumi.ComponentResource):
    """Installs the chart ``linkerd-viz``."""

    def __init__(
        self, name: str, linkerd: Linkerd, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Install; ready when the extension's pods are."""
        super().__init__("platform:mesh:Viz", name, None, opts)
        # With the policy `deny` nobody would read the metrics of viz's own proxies. The chart has
        # policies of its own for the ports that viz serves.
        policy = for_extensions(linkerd.default_inbound_policy)
        annotations: dict[str, str] = {ANNOTATION: policy}
        if linkerd.prometheus_url:
            annotations["viz.linkerd.io/external-prometheus"] = linkerd.prometheus_url
        namespace = extension_namespace(NAME, "viz", annotations=annotations, parent=self)
        helm_release(
            NAME,
            Chart.of_linkerd(linkerd.chosen, NAME, linkerd.charts),
            namespace=NAME,
            values=_values(linkerd),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )
        self.register_outputs({})


def _values(linkerd: Linkerd) -> dict[str, Any]:
    profile = linkerd.chosen.high_availability.viz if linkerd.high_availability else {}
    jaeger = jaeger_url(linkerd)
    return merged(
        domains(linkerd),
        profile,
        {"jaegerUrl": jaeger} if jaeger else {},
        _prometheus(linkerd.prometheus_url),
        _grafana(linkerd.grafana_url),
    )


def _prometheus(url: str | None) -> dict[str, Any]:
    return {"prometheusUrl": url, "prometheus": {"enabled": False}} if url else {}


def _grafana(url: str | None) -> dict[str, Any]:
    # The chart refuses both: `url` is proxied by the dashboard, `externalUrl` is linked to.
    if url is None:
        return {}
    return {"grafana": {"externalUrl" if "://" in url else "url": url}}

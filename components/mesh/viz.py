"""The viz extension: metrics, tap and the dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.config.stack.settings import Linkerd
from components.linkerd import namespaces
from components.linkerd.inbound_policy import ANNOTATION, for_extensions
from components.mesh.charts import Chart, helm_release
from components.mesh.extensions import extension_namespace
from components.mesh.tracing import jaeger_url
from components.mesh.values import domains, merged
from components.observability.files import RuleFile
from components.resources.labels import labels

NAME = namespaces.VIZ


def prometheus_address(linkerd: Linkerd) -> str:
    """The URL, within the cluster, of the Prometheus that has the proxies' metrics."""
    return linkerd.prometheus_url or f"http://prometheus.{NAME}:9090"


@dataclass(frozen=True, slots=True, kw_only=True)
class VizArgs:
    """The mesh's settings, the rules for viz's Prometheus, and where it sends alerts."""

    linkerd: Linkerd
    rules: Sequence[RuleFile] = ()
    alertmanager: str | None = None


class Viz(pulumi.ComponentResource):
    """Installs the chart ``linkerd-viz``."""

    def __init__(
        self, name: str, args: VizArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Install; ready when the extension's pods are."""
        super().__init__("platform:mesh:Viz", name, None, opts)
        linkerd = args.linkerd
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
            values=_values(args),
            # A pod whose ConfigMap does not exist never starts.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[namespace, *self._rules(args.rules, namespace)]
            ),
        )
        self.register_outputs({})

    def _rules(
        self, files: Sequence[RuleFile], namespace: k8s.core.v1.Namespace
    ) -> list[k8s.core.v1.ConfigMap]:
        return [
            k8s.core.v1.ConfigMap(
                file.name,
                metadata=k8s.meta.v1.ObjectMetaArgs(
                    name=file.versioned, namespace=NAME, labels=labels(file.name)
                ),
                data={file.file: file.text},
                opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
            )
            for file in files
        ]


def _values(args: VizArgs) -> dict[str, Any]:
    linkerd = args.linkerd
    profile = linkerd.chosen.high_availability.viz if linkerd.high_availability else {}
    jaeger = jaeger_url(linkerd)
    return merged(
        domains(linkerd),
        profile,
        {"jaegerUrl": jaeger} if jaeger else {},
        _prometheus(linkerd.prometheus_url),
        _alerting(args),
        _grafana(linkerd.grafana_url),
    )


def _prometheus(url: str | None) -> dict[str, Any]:
    return {"prometheusUrl": url, "prometheus": {"enabled": False}} if url else {}


def _alerting(args: VizArgs) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if args.rules:
        values["ruleConfigMapMounts"] = [
            {"name": file.name, "subPath": file.file, "configMap": file.versioned}
            for file in args.rules
        ]
    if args.alertmanager is not None:
        values["alertmanagers"] = [
            {"scheme": "http", "static_configs": [{"targets": [args.alertmanager]}]}
        ]
    return {"prometheus": values} if values else {}


def _grafana(url: str | None) -> dict[str, Any]:
    # The chart refuses both: `url` is proxied by the dashboard, `externalUrl` is linked to.
    if url is None:
        return {}
    return {"grafana": {"externalUrl" if "://" in url else "url": url}}

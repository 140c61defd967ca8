"""Tracing with Jaeger: the linkerd-jaeger extension, or Jaeger's own chart on later releases."""

from __future__ import annotations

from typing import Any

import pulumi

from components.config.stack.settings import Collector, Linkerd
from components.linkerd import namespaces, releases
from components.linkerd.inbound_policy import for_extensions
from components.mesh.charts import Chart, helm_release
from components.mesh.extensions import extension_namespace
from components.mesh.namespaces import meshed_namespace
from components.mesh.values import cluster_domain

EXTENSION = namespaces.JAEGER_EXTENSION
JAEGER = namespaces.JAEGER
OTLP_PORT = 4317
QUERY_PORT = 16686


class Tracing(pulumi.ComponentResource):
    """Installs the linkerd-jaeger extension if the release has it, else Jaeger's own chart."""

    def __init__(
        self, name: str, linkerd: Linkerd, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Install; ready when the collector's pods are."""
        super().__init__("platform:mesh:Tracing", name, None, opts)
        if linkerd.chosen.has_jaeger_extension:
            self._extension(linkerd)
        else:
            self._native(linkerd)
        self.register_outputs({})

    def _extension(self, linkerd: Linkerd) -> None:
        namespace = extension_namespace(EXTENSION, "jaeger", parent=self)
        helm_release(
            EXTENSION,
            Chart.of_linkerd(linkerd.chosen, EXTENSION, linkerd.charts),
            namespace=EXTENSION,
            values=cluster_domain(linkerd),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )

    def _native(self, linkerd: Linkerd) -> None:
        # The collector has to be in the mesh: https://linkerd.io/2-edge/tasks/distributed-tracing/
        namespace = meshed_namespace(
            JAEGER,
            policy=for_extensions(linkerd.default_inbound_policy),
            opts=pulumi.ResourceOptions(parent=self),
        )
        helm_release(
            JAEGER,
            Chart.of_project(releases.JAEGER, linkerd.charts),
            namespace=JAEGER,
            values={},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )


def jaeger_url(linkerd: Linkerd) -> str | None:
    """The address of Jaeger for viz's dashboard (``host:port``), or ``None`` if it is unknown."""
    if linkerd.jaeger_url or linkerd.tracing == "off":
        return linkerd.jaeger_url
    if linkerd.chosen.has_jaeger_extension:
        return f"{JAEGER}.{EXTENSION}:{QUERY_PORT}"
    return f"{JAEGER}.{JAEGER}:{QUERY_PORT}" if linkerd.tracing == "install" else None


def proxy_tracing(linkerd: Linkerd) -> dict[str, Any]:
    """The control plane's values that make proxies send spans to the collector by OTLP.

    Empty if tracing is off, or if the linkerd-jaeger extension configures the proxies.
    """
    collector = linkerd.collector if linkerd.tracing == "external" else _own_collector()
    if linkerd.tracing == "off" or linkerd.chosen.has_jaeger_extension or collector is None:
        return {}
    identity = {
        "serviceAccountName": collector.service_account,
        "namespace": collector.namespace,
    }
    target = {"endpoint": collector.endpoint, "meshIdentity": identity}
    return {"proxy": {"tracing": {"enabled": True, "collector": target}}}


def _own_collector() -> Collector:
    own = {"endpoint": f"{JAEGER}.{JAEGER}:{OTLP_PORT}", "serviceAccount": JAEGER}
    return Collector.model_validate({**own, "namespace": JAEGER})

"""Tracing with Jaeger: the linkerd-jaeger extension, or Jaeger's own chart on later releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.mesh.charts import Chart, helm_release
from components.mesh.extensions import extension_namespace
from components.mesh.namespaces import meshed_namespace
from components.settings import Linkerd

EXTENSION = "linkerd-jaeger"
JAEGER = "jaeger"
JAEGER_CHART = Chart(
    name=JAEGER,
    version="4.11.1",
    repository="https://jaegertracing.github.io/helm-charts",
)
OTLP_PORT = 4317
QUERY_PORT = 16686


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingArgs:
    """The mesh's settings."""

    linkerd: Linkerd


class Tracing(pulumi.ComponentResource):
    """Installs Jaeger and whatever sends the proxies' spans to it."""

    def __init__(
        self, name: str, args: TracingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Install; ready when the collector's pods are."""
        super().__init__("platform:mesh:Tracing", name, None, opts)
        if args.linkerd.chosen.has_jaeger_extension:
            self._extension(args.linkerd)
        else:
            self._native(args.linkerd)
        self.register_outputs({})

    def _extension(self, linkerd: Linkerd) -> None:
        namespace = extension_namespace(EXTENSION, "jaeger", parent=self)
        helm_release(
            EXTENSION,
            Chart.of(linkerd.chosen, EXTENSION, linkerd.charts),
            namespace=EXTENSION,
            values={},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )

    def _native(self, linkerd: Linkerd) -> None:
        # The collector has to be in the mesh: https://linkerd.io/2-edge/tasks/distributed-tracing/
        namespace = meshed_namespace(
            JAEGER,
            inbound_policy=linkerd.default_inbound_policy,
            opts=pulumi.ResourceOptions(parent=self),
        )
        helm_release(
            JAEGER,
            JAEGER_CHART,
            namespace=JAEGER,
            values={},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )


def jaeger_url(linkerd: Linkerd) -> str:
    """Where viz's dashboard finds Jaeger: ``host:port``."""
    host = f"{JAEGER}.{EXTENSION if linkerd.chosen.has_jaeger_extension else JAEGER}"
    return f"{host}:{QUERY_PORT}"


def proxy_tracing() -> dict[str, Any]:
    """The control plane's ``proxy.tracing`` value: spans go to Jaeger by OTLP, within the mesh."""
    return {
        "enabled": True,
        "collector": {
            "endpoint": f"{JAEGER}.{JAEGER}:{OTLP_PORT}",
            "meshIdentity": {"serviceAccountName": JAEGER, "namespace": JAEGER},
        },
    }

"""Tracing with Jaeger: the linkerd-jaeger extension, or Jaeger's own chart on later releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.config.stack.settings import Collector, Linkerd
from components.linkerd import namespaces, releases
from components.linkerd.inbound_policy import for_collector
from components.mesh.charts import Chart, helm_release
from components.mesh.extensions import extension_namespace
from components.mesh.namespaces import meshed_namespace

EXTENSION = namespaces.JAEGER_EXTENSION
JAEGER = namespaces.JAEGER
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
            policy=for_collector(linkerd.default_inbound_policy),
            opts=pulumi.ResourceOptions(parent=self),
        )
        helm_release(
            JAEGER,
            Chart.other(releases.JAEGER, linkerd.charts),
            namespace=JAEGER,
            values={},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )


def jaeger_url(linkerd: Linkerd) -> str | None:
    """Where viz's dashboard finds Jaeger (``host:port``), if there is one to be known."""
    if linkerd.jaeger_url or linkerd.tracing == "off":
        return linkerd.jaeger_url
    if linkerd.chosen.has_jaeger_extension:
        return f"{JAEGER}.{EXTENSION}:{QUERY_PORT}"
    return f"{JAEGER}.{JAEGER}:{QUERY_PORT}" if linkerd.tracing == "install" else None


def proxy_tracing(linkerd: Linkerd) -> dict[str, Any]:
    """The control plane's values: spans go to the collector by OTLP, within the mesh.

    Empty where the linkerd-jaeger extension tells the proxies, or nobody.
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

"""Flagger, which moves the weights of automated canaries."""

from __future__ import annotations

from typing import Any

import pulumi

from components.config.stack.settings import Linkerd
from components.linkerd import namespaces, releases
from components.mesh import viz
from components.mesh.charts import Chart, helm_release
from components.mesh.extensions import PRIVILEGED
from components.mesh.namespaces import meshed_namespace

NAME = releases.FLAGGER.name
NAMESPACE = namespaces.FLAGGER


class Flagger(pulumi.ComponentResource):
    """Installs the chart ``flagger`` in the mesh: viz's Prometheus answers only meshed clients.

    Source: https://docs.flagger.app/tutorials/linkerd-progressive-delivery
    """

    def __init__(
        self, name: str, linkerd: Linkerd, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Install; ready when the controller's pod is."""
        super().__init__("platform:mesh:Flagger", name, None, opts)
        namespace = meshed_namespace(
            NAMESPACE,
            policy=linkerd.default_inbound_policy,
            labels=PRIVILEGED,
            opts=pulumi.ResourceOptions(parent=self),
        )
        helm_release(
            NAME,
            Chart.of_project(releases.FLAGGER, linkerd.charts),
            namespace=NAMESPACE,
            values=_values(linkerd),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )
        self.register_outputs({})


def _values(linkerd: Linkerd) -> dict[str, Any]:
    return {
        # Our Canaries name their provider. This is the default for other Canaries in the cluster.
        "meshProvider": "linkerd",
        "metricsServer": viz.prometheus_address(linkerd),
        "linkerdAuthPolicy": {"create": linkerd.prometheus_url is None, "namespace": viz.NAME},
        # Our pods roll when their Secrets change. A copy of a Secret would keep the old password.
        "configTracking": {"enabled": False},
    }

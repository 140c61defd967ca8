"""The SMI extension, whose adaptor copies TrafficSplits into ServiceProfiles."""

from __future__ import annotations

import pulumi

from components.config.stack.settings import Linkerd
from components.linkerd import releases
from components.mesh.charts import Chart, crds_options, helm_release
from components.mesh.extensions import extension_namespace
from components.mesh.values import cluster_domain

NAME = releases.SMI.name


class Smi(pulumi.ComponentResource):
    """Installs the chart ``linkerd-smi``, which brings the TrafficSplit CRD."""

    def __init__(
        self, name: str, linkerd: Linkerd, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Install; ready when the adaptor's pod is."""
        super().__init__("platform:mesh:Smi", name, None, opts)
        namespace = extension_namespace(NAME, "smi", parent=self)
        helm_release(
            NAME,
            Chart.of_project(releases.SMI, linkerd.charts),
            namespace=NAME,
            values=cluster_domain(linkerd),
            opts=crds_options(linkerd, parent=self, after=[namespace]),
        )
        self.register_outputs({})

"""The SMI extension, whose adaptor turns TrafficSplits into what the proxies read."""

from __future__ import annotations

import pulumi

from components.mesh.charts import Chart, helm_release
from components.mesh.extensions import extension_namespace
from components.mesh.releases import SMI_REPOSITORY, SMI_VERSION

NAME = "linkerd-smi"


class Smi(pulumi.ComponentResource):
    """Installs the chart ``linkerd-smi``, which brings the TrafficSplit CRD."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        """Install; ready when the adaptor's pod is."""
        super().__init__("platform:mesh:Smi", name, None, opts)
        namespace = extension_namespace(NAME, "smi", parent=self)
        helm_release(
            NAME,
            Chart(name=NAME, version=SMI_VERSION, repository=SMI_REPOSITORY),
            namespace=NAME,
            values={},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )
        self.register_outputs({})

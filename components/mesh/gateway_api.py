"""The Gateway API's CRDs, whose HTTPRoutes Linkerd reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as k8s

from components.config.stack.settings import Linkerd
from components.linkerd.releases import Version, spelled
from components.mesh.charts import crds_options

PAGE = "https://github.com/kubernetes-sigs/gateway-api/releases/download"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayApiArgs:
    """The mesh's settings, the version of the CRDs, and the channel of the cluster's if known."""

    linkerd: Linkerd
    version: Version
    channel: str = ""


class GatewayApi(pulumi.ComponentResource):
    """Installs the CRDs, before the control plane looks for them.

    The channel is ``standard``, or ``experimental`` if egress is limited, which takes TLSRoutes and
    TCPRoutes. A cluster that has the experimental CRDs keeps them: without them all objects of
    their kinds would be deleted, and under protection egress could not be opened again.

    This stays a component around one resource: the CRDs are children of a packaged component, and
    an alias that fails to reach one of them would delete every route in the cluster.
    """

    def __init__(
        self, name: str, args: GatewayApiArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Install from the stack's directory, or from the project's release page."""
        super().__init__("platform:mesh:GatewayApi", name, None, opts)
        k8s.yaml.v2.ConfigGroup(
            f"{name}-crds",
            files=_files(args),
            opts=crds_options(args.linkerd, parent=self, after=[]),
        )
        self.register_outputs({})


def _files(args: GatewayApiArgs) -> list[str]:
    directory = args.linkerd.charts.gateway_api_directory
    if directory is None:
        wider = args.linkerd.egress == "limited" or args.channel == "experimental"
        channel = "experimental" if wider else "standard"
        return [f"{PAGE}/v{spelled(args.version)}/{channel}-install.yaml"]
    return [str(file) for file in sorted(Path(directory).glob("*.yaml"))]

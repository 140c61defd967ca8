"""The Gateway API's CRDs, whose HTTPRoutes Linkerd reads."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as k8s

VERSION = "1.2.1"
"""The version that release 2.20 recommends and 2.18 accepts.

Source: https://linkerd.io/2-edge/features/gateway-api/
"""

URL = (
    "https://github.com/kubernetes-sigs/gateway-api/releases/download/"
    f"v{VERSION}/{{channel}}-install.yaml"
)


class GatewayApi(pulumi.ComponentResource):
    """Installs the CRDs, before the control plane looks for them.

    ``channel`` is ``standard``, or ``experimental``, which has TLSRoute and TCPRoute too.
    """

    def __init__(self, name: str, channel: str, opts: pulumi.ResourceOptions | None = None) -> None:
        """Install from the project's release page."""
        super().__init__("platform:mesh:GatewayApi", name, None, opts)
        file = URL.format(channel=channel)
        k8s.yaml.v2.ConfigFile(f"{name}-crds", file=file, opts=pulumi.ResourceOptions(parent=self))
        self.register_outputs({})

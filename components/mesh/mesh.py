"""The whole mesh, in the order in which its parts need each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.mesh.control_plane import ControlPlane, ControlPlaneArgs
from components.mesh.gateway_api import GatewayApi
from components.mesh.smi import Smi
from components.mesh.tracing import Tracing, TracingArgs
from components.mesh.viz import Viz, VizArgs
from components.settings import Linkerd


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshArgs:
    """The mesh's settings."""

    linkerd: Linkerd


class Mesh(pulumi.ComponentResource):
    """Linkerd with its extensions. A resource that depends on it starts with all of it ready.

    Viz and tracing inject into pods at creation, so workloads have to wait for them too.
    ``certificates`` says when each certificate of the mesh ends.
    """

    certificates: dict[str, Any]

    def __init__(
        self, name: str, args: MeshArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Install what the settings ask for."""
        super().__init__("platform:mesh:Mesh", name, None, opts)
        linkerd = args.linkerd
        child = pulumi.ResourceOptions(parent=self)
        # The limits on egress are TLSRoutes and TCPRoutes.
        channel = "experimental" if linkerd.egress == "limited" else "standard"
        install = linkerd.gateway_api == "install"
        before = [GatewayApi("gateway-api", channel, child)] if install else []
        control_plane = ControlPlane(
            "linkerd",
            ControlPlaneArgs(linkerd=linkerd),
            pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        self.certificates = control_plane.certificates
        after = pulumi.ResourceOptions(parent=self, depends_on=[control_plane])
        if linkerd.tracing == "install":
            Tracing("tracing", TracingArgs(linkerd=linkerd), after)
        if linkerd.viz == "install":
            Viz("viz", VizArgs(linkerd=linkerd), after)
        if linkerd.smi == "install":
            Smi("smi", after)
        self.register_outputs({})

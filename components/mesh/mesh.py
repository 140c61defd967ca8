"""The whole mesh, in the order in which its parts need each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.config.stack.settings import Linkerd
from components.mesh.control_plane import ControlPlane, ControlPlaneArgs
from components.mesh.flagger import Flagger, FlaggerArgs
from components.mesh.gateway_api import GatewayApi, GatewayApiArgs
from components.mesh.smi import Smi, SmiArgs
from components.mesh.tracing import Tracing, TracingArgs
from components.mesh.viz import Viz, VizArgs


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
        control_plane = ControlPlane(
            "linkerd",
            ControlPlaneArgs(linkerd=linkerd),
            pulumi.ResourceOptions(parent=self, depends_on=self._gateway_api(linkerd)),
        )
        self.certificates = control_plane.certificates
        after = pulumi.ResourceOptions(parent=self, depends_on=[control_plane])
        if linkerd.tracing == "install":
            Tracing("tracing", TracingArgs(linkerd=linkerd), after)
        measured: list[pulumi.Resource] = [control_plane]
        if linkerd.viz == "install":
            measured.append(Viz("viz", VizArgs(linkerd=linkerd), after))
        if linkerd.smi == "install":
            Smi("smi", SmiArgs(linkerd=linkerd), after)
        if linkerd.flagger == "install":
            after_viz = pulumi.ResourceOptions(parent=self, depends_on=measured)
            Flagger("flagger", FlaggerArgs(linkerd=linkerd), after_viz)
        self.register_outputs({})

    def _gateway_api(self, linkerd: Linkerd) -> list[GatewayApi]:
        version = linkerd.chosen.gateway_api.install
        # Where there is no version to install, the release's own chart brings the CRDs.
        if linkerd.gateway_api != "install" or version is None:
            return []
        args = GatewayApiArgs(linkerd=linkerd, version=version)
        return [GatewayApi("gateway-api", args, pulumi.ResourceOptions(parent=self))]

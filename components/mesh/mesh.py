"""The whole mesh, in the order in which its parts need each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.config.stack.alerts import Alerts
from components.config.stack.settings import Linkerd
from components.mesh.control_plane import ControlPlane, ControlPlaneArgs
from components.mesh.flagger import Flagger
from components.mesh.gateway_api import GatewayApi, GatewayApiArgs
from components.mesh.smi import Smi
from components.mesh.tracing import Tracing
from components.mesh.viz import Viz, VizArgs
from components.observability.files import RuleFile


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshArgs:
    """The mesh's and the alerts' settings, and the mesh's stack as ``<project>/<stack>``.

    ``gateway_api_channel`` is that of the Gateway API's CRDs in the cluster, empty if unknown.
    ``kube_system_is_locked``: whether the cluster refuses labels on that namespace. ``viz_rules``
    are the rule files for viz's own Prometheus.
    """

    linkerd: Linkerd
    owner: str
    alerts: Alerts
    viz_rules: Sequence[RuleFile] = ()
    gateway_api_channel: str = ""
    kube_system_is_locked: bool = False


class Mesh(pulumi.ComponentResource):
    """Linkerd with its extensions. Resources that depend on it are created once all of it is ready.

    Workloads wait for viz and tracing too, which inject into pods when these are created.
    ``certificates`` says when each certificate of the mesh ends; see :class:`Identity`.
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
            ControlPlaneArgs(
                linkerd=linkerd,
                owner=args.owner,
                kube_system_is_locked=args.kube_system_is_locked,
                alerts=args.alerts,
            ),
            pulumi.ResourceOptions(parent=self, depends_on=self._gateway_api(args)),
        )
        self.certificates = control_plane.certificates
        after = pulumi.ResourceOptions(parent=self, depends_on=[control_plane])
        if linkerd.tracing == "install":
            Tracing("tracing", linkerd, after)
        measured: list[pulumi.Resource] = [control_plane]
        if linkerd.viz == "install":
            viz = VizArgs(
                linkerd=linkerd, rules=args.viz_rules, alertmanager=args.alerts.alertmanager
            )
            measured.append(Viz("viz", viz, after))
        if linkerd.smi == "install":
            Smi("smi", linkerd, after)
        if linkerd.flagger == "install":
            after_viz = pulumi.ResourceOptions(parent=self, depends_on=measured)
            Flagger("flagger", linkerd, after_viz)
        self.register_outputs({"certificates": self.certificates})

    def _gateway_api(self, mesh: MeshArgs) -> list[GatewayApi]:
        linkerd = mesh.linkerd
        version = linkerd.chosen.gateway_api.install
        # Without a version to install, the release's own chart brings the CRDs.
        if linkerd.gateway_api != "install" or version is None:
            return []
        args = GatewayApiArgs(linkerd=linkerd, version=version, channel=mesh.gateway_api_channel)
        return [GatewayApi("gateway-api", args, pulumi.ResourceOptions(parent=self))]

"""Linkerd's CRDs and control plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.cluster import kube_system, ownership
from components.config.stack.alerts import Alerts
from components.config.stack.settings import Linkerd
from components.linkerd import namespaces
from components.linkerd.inbound_policy import for_control_plane
from components.linkerd.releases import Feature
from components.linkerd.shared import words
from components.mesh.charts import Chart, crds_options, helm_release
from components.mesh.extensions import PRIVILEGED
from components.mesh.identity import Identity, IdentityArgs
from components.mesh.tracing import proxy_tracing
from components.mesh.values import domains, merged

NAMESPACE = namespaces.CONTROL_PLANE


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlaneArgs:
    """The mesh's and the alerts' settings, and the mesh's stack as ``<project>/<stack>``.

    ``kube_system_is_locked``: whether the cluster refuses labels on that namespace.
    """

    linkerd: Linkerd
    owner: str
    alerts: Alerts
    kube_system_is_locked: bool = False


class ControlPlane(pulumi.ComponentResource):
    """Installs the charts ``linkerd-crds`` and ``linkerd-control-plane``, in this order.

    ``certificates`` says when each certificate ends; see :class:`Identity`.
    """

    certificates: dict[str, Any]

    def __init__(
        self, name: str, args: ControlPlaneArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Install; ready when the control plane's pods are."""
        super().__init__("platform:mesh:ControlPlane", name, None, opts)
        namespace = _namespace(args.owner, self)
        linkerd, release = args.linkerd, args.linkerd.chosen
        crds = helm_release(
            "linkerd-crds",
            Chart.of_linkerd(release, "linkerd-crds", linkerd.charts),
            namespace=NAMESPACE,
            values=release.gateway_api.crds_values(linkerd.gateway_api),
            opts=crds_options(linkerd, parent=self, after=[namespace]),
        )
        identity = Identity(
            "identity",
            IdentityArgs(settings=linkerd.identity, namespace=NAMESPACE),
            pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )
        before = [crds, identity, *_exemption(args, self)]
        helm_release(
            "linkerd-control-plane",
            Chart.of_linkerd(release, "linkerd-control-plane", linkerd.charts),
            namespace=NAMESPACE,
            values=merged(_values(linkerd, identity), _pod_monitors(args.alerts)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        self.certificates = identity.expiry
        self.register_outputs({"certificates": self.certificates})


def _namespace(owner: str, parent: pulumi.Resource) -> k8s.core.v1.Namespace:
    # As `linkerd install` sets it; the chart expects this of whoever creates the namespace:
    # https://linkerd.io/2-edge/tasks/install-helm/
    return k8s.core.v1.Namespace(
        NAMESPACE,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=NAMESPACE,
            annotations={
                words.INJECT: words.NOT_INJECTED,
                # A run of another stack reads it, and stops before it changes this mesh.
                ownership.STACK: owner,
            },
            labels={
                words.IS_CONTROL_PLANE: "true",
                words.ADMISSION_WEBHOOKS: "disabled",
                "linkerd.io/control-plane-ns": NAMESPACE,
                **PRIVILEGED,
            },
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _exemption(args: ControlPlaneArgs, parent: pulumi.Resource) -> list[pulumi.Resource]:
    """Exempts ``kube-system`` from the webhooks, which fail closed, so that a cluster can recover.

    ``linkerd check`` wants the label. A cluster that refuses it can do without: the injector's
    webhook also exempts the namespace by its name. Source: https://linkerd.io/2-edge/features/ha/#exclude-the-kube-system-namespace
    """
    if not args.linkerd.high_availability or args.kube_system_is_locked:
        return []
    patch = k8s.core.v1.NamespacePatch(
        namespaces.KUBE_SYSTEM,
        metadata=k8s.meta.v1.ObjectMetaPatchArgs(
            name=namespaces.KUBE_SYSTEM, labels=kube_system.EXEMPTION
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return [patch]


def _pod_monitors(alerts: Alerts) -> dict[str, Any]:
    """The chart's own PodMonitors, of the proxies and of the control plane."""
    if alerts.rules != "operator":
        return {}
    labels = {"labels": dict(alerts.labels)} if alerts.labels else {}
    return {"podMonitor": {"enabled": True, **labels}}


def _values(linkerd: Linkerd, identity: Identity) -> dict[str, Any]:
    profile = linkerd.chosen.high_availability.control_plane if linkerd.high_availability else {}
    proxy: dict[str, Any] = {
        "defaultInboundPolicy": for_control_plane(linkerd.default_inbound_policy)
    }
    if linkerd.native_sidecar is not None and Feature.NATIVE_SIDECAR in linkerd.chosen.features:
        proxy["nativeSidecar"] = linkerd.native_sidecar
    cni = {"cniEnabled": True} if linkerd.cni else {}
    networks = linkerd.cluster_networks
    own = {"clusterNetworks": ",".join(networks)} if networks else {}
    return merged(
        *(identity.values, profile, cni, domains(linkerd), own),
        *({"proxy": proxy}, proxy_tracing(linkerd)),
    )

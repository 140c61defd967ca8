"""Linkerd's CRDs and control plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.mesh.charts import Chart, helm_release
from components.mesh.identity import Identity, IdentityArgs
from components.mesh.tracing import proxy_tracing
from components.settings import Linkerd

NAMESPACE = "linkerd"


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlPlaneArgs:
    """The mesh's settings."""

    linkerd: Linkerd


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
        namespace = _namespace(self)
        linkerd, release = args.linkerd, args.linkerd.chosen
        crds = helm_release(
            "linkerd-crds",
            Chart.of(release, "linkerd-crds", linkerd.charts),
            namespace=NAMESPACE,
            values=release.crds_values,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )
        identity = Identity(
            "identity",
            IdentityArgs(settings=linkerd.identity, namespace=NAMESPACE),
            pulumi.ResourceOptions(parent=self, depends_on=[namespace]),
        )
        helm_release(
            "linkerd-control-plane",
            Chart.of(release, "linkerd-control-plane", linkerd.charts),
            namespace=NAMESPACE,
            values=_values(linkerd, identity),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[crds, identity]),
        )
        self.certificates = identity.expiry
        self.register_outputs({})


def _namespace(parent: pulumi.Resource) -> k8s.core.v1.Namespace:
    # What `linkerd install` sets; the chart leaves it to whoever makes the namespace:
    # https://linkerd.io/2-edge/tasks/install-helm/
    return k8s.core.v1.Namespace(
        NAMESPACE,
        metadata=k8s.meta.v1.ObjectMetaArgs(
            name=NAMESPACE,
            annotations={"linkerd.io/inject": "disabled"},
            labels={
                "linkerd.io/is-control-plane": "true",
                "config.linkerd.io/admission-webhooks": "disabled",
                "linkerd.io/control-plane-ns": NAMESPACE,
            },
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _values(linkerd: Linkerd, identity: Identity) -> dict[str, Any]:
    proxy: dict[str, Any] = {"defaultInboundPolicy": linkerd.default_inbound_policy}
    if linkerd.tracing == "install" and not linkerd.chosen.has_jaeger_extension:
        proxy["tracing"] = proxy_tracing()
    return {**identity.values, "proxy": proxy, "cniEnabled": linkerd.cni}

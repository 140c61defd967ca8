"""What a stack decides about the way in: who reaches the gateway's port, and through what."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from components.config.scalars import Cidr, DnsLabel, Hostname, refuse
from components.config.validation import Model

EVERYWHERE = ("0.0.0.0/0", "::/0")


class MeshIdentity(Model):
    """A workload of the mesh, as its certificate names it: ServiceAccount and namespace."""

    service_account: DnsLabel
    namespace: DnsLabel


class Tls(Model):
    """The certificate of the gateway's host: the Secret (``kubernetes.io/tls``) that holds it.

    With ``issuer``, a ClusterIssuer of cert-manager, the certificate is asked for here and
    cert-manager makes the Secret; without, the Secret is in the namespace by other means.
    """

    secret: DnsLabel
    issuer: DnsLabel | None = None


class Gateway(Model):
    """Who may reach the gateway's port from outside the mesh, and through what.

    ``kind`` ``loadBalancer`` gives the gateway's Service an address of its own. ``ingress`` and
    ``gatewayApi`` make an Ingress, or a Gateway with its HTTPRoute, for ``host``; ``className`` is
    the IngressClass or GatewayClass, ``annotations`` go to the Ingress or Gateway, ``tls`` is its
    certificate.

    ``cidrs`` are the networks that may dial the port without a mesh identity: the clients' with a
    load balancer (by default every client), the controller's pods' otherwise. A ``controller`` that
    is in the mesh is named by its identity; then nobody comes in without one.
    """

    kind: Literal["loadBalancer", "ingress", "gatewayApi"] = "loadBalancer"
    cidrs: tuple[Cidr, ...] = Field(default=EVERYWHERE, min_length=1)
    host: Hostname | None = None
    class_name: DnsLabel | None = None
    tls: Tls | None = None
    annotations: dict[str, str] = Field(default_factory=dict)
    controller: MeshIdentity | None = None

    @property
    def is_balanced(self) -> bool:
        """Whether the gateway's Service has an address of its own outside of the cluster."""
        return self.kind == "loadBalancer"

    @property
    def url(self) -> str | None:
        """The URL of the host; ``None`` where only the load balancer knows its address."""
        return self.host and f"{'https' if self.tls else 'http'}://{self.host}"

    @property
    def open_to(self) -> tuple[str, ...]:
        """The networks whose clients need no mesh identity; none with a meshed controller."""
        return () if self.controller else self.cidrs


def _coherent(gateway: Gateway) -> Gateway:
    given = gateway.model_fields_set
    if gateway.is_balanced and (extra := sorted(given & _BEHIND)):
        raise refuse(
            "`cidrs` alone with `kind: loadBalancer`",
            f"Delete {', '.join(f'`{_KEYS[key]}`' for key in extra)}, or set `kind` to `ingress` "
            "or `gatewayApi`.",
        )
    if gateway.is_balanced:
        return gateway
    if gateway.host is None or gateway.class_name is None:
        raise refuse(
            f"`host` and `className` with `kind: {gateway.kind}`",
            "Add the host that clients ask for, and the class of the controller that serves it.",
        )
    if (gateway.controller is None) == ("cidrs" not in given):
        raise refuse(
            "`controller` or `cidrs`",
            "Give the controller's mesh identity or, where it is not in the mesh, the networks of "
            "its pods; not both.",
        )
    return gateway


_KEYS = {
    "host": "host",
    "class_name": "className",
    "tls": "tls",
    "annotations": "annotations",
    "controller": "controller",
}
_BEHIND = _KEYS.keys()

AnyGateway = Annotated[Gateway, AfterValidator(_coherent)]

"""What a stack decides about its gateway: who reaches its port, and through what."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from components.config.scalars import Cidr, DnsLabel, Hostname, refuse
from components.config.validation import Model

EVERYWHERE = ("0.0.0.0/0", "::/0")
_BEHIND_A_CONTROLLER = frozenset({"host", "class_name", "tls", "annotations", "controller"})
"""The fields that have no effect with ``kind: loadBalancer``."""


class MeshIdentity(Model):
    """A workload of the mesh, as its certificate identifies it."""

    service_account: DnsLabel
    """ServiceAccount that the workload's pods run as."""

    namespace: DnsLabel
    """Namespace of the ServiceAccount."""


class Tls(Model):
    """The certificate of the gateway's host."""

    secret: DnsLabel
    """Name of the Secret (``kubernetes.io/tls``) that holds the certificate, in the services'
    namespace."""

    issuer: DnsLabel | None = None
    """ClusterIssuer of cert-manager that issues the certificate into ``secret``. Without it, the
    Secret must be there already."""


class Gateway(Model):
    """Who may reach the gateway from outside the mesh, and through what."""

    kind: Literal["loadBalancer", "ingress", "gatewayApi"] = "loadBalancer"
    """``loadBalancer`` gives the gateway's Service an external address, ``ingress`` creates an
    Ingress, ``gatewayApi`` a Gateway with an HTTPRoute. The last two need ``host``, ``className``
    and either ``controller`` or ``cidrs``."""

    cidrs: tuple[Cidr, ...] = Field(default=EVERYWHERE, min_length=1)
    """Networks that may connect to the gateway's port without a mesh identity, by default all: of
    the clients with ``kind: loadBalancer``, otherwise of the controller's pods."""

    host: Hostname | None = None
    """Host name that clients ask for, such as ``shop.example.com``; not with
    ``kind: loadBalancer``."""

    class_name: DnsLabel | None = None
    """IngressClass or GatewayClass of the controller that serves the host; not with
    ``kind: loadBalancer``."""

    tls: Tls | None = None
    """Certificate for HTTPS, which ends at the controller; not with ``kind: loadBalancer``. Without
    it, the host serves plain HTTP."""

    annotations: dict[str, str] = Field(default_factory=dict)
    """Annotations for the Ingress or for the Gateway and its HTTPRoute; not with
    ``kind: loadBalancer``."""

    controller: MeshIdentity | None = None
    """Mesh identity of the controller, where it is in the mesh: then only it may connect to the
    gateway. Not with ``kind: loadBalancer``, and not together with ``cidrs``."""

    @model_validator(mode="after")
    def _coherent(self) -> Gateway:
        given = self.model_fields_set
        if self.is_balanced and (extra := sorted(given & _BEHIND_A_CONTROLLER)):
            keys = ", ".join(f"`{Gateway.model_fields[name].alias}`" for name in extra)
            raise refuse(
                "`cidrs` alone with `kind: loadBalancer`",
                f"Delete {keys}, or set `kind` to `ingress` or `gatewayApi`.",
            )
        if self.is_balanced:
            return self
        if self.host is None or self.class_name is None:
            raise refuse(
                f"`host` and `className` with `kind: {self.kind}`",
                "Add the host that clients ask for, and the class of the controller that serves "
                "it.",
            )
        if (self.controller is None) == ("cidrs" not in given):
            raise refuse(
                "`controller` or `cidrs`",
                "Give the controller's mesh identity or, where it is not in the mesh, the networks "
                "of its pods; not both.",
            )
        return self

    @property
    def is_balanced(self) -> bool:
        """Whether the gateway's Service is a LoadBalancer, with an external address."""
        return self.kind == "loadBalancer"

    @property
    def url(self) -> str | None:
        """The URL of ``host``; ``None`` with a load balancer, whose address is known later."""
        return self.host and f"{'https' if self.tls else 'http'}://{self.host}"

    @property
    def open_to(self) -> tuple[str, ...]:
        """The networks whose clients need no mesh identity; none if the controller has one."""
        return () if self.controller else self.cidrs

"""Access from outside through a controller of the cluster: an Ingress, or a Gateway.

Sources: https://linkerd.io/2-edge/tasks/using-ingress/, https://gateway-api.sigs.k8s.io/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.config.stack.gateway import Gateway, Tls
from components.resources.objects import SKIP_AWAIT, Context, custom_resource
from components.resources.specs.cert_manager import CERTIFICATE, CertificateSpec
from components.resources.specs.gateway_api import GATEWAY, GatewaySpec, Listener, RouteSpec, route
from components.resources.specs.kind import Kind, Spec
from components.workloads.services import DECLARED


@dataclass(frozen=True, slots=True, kw_only=True)
class EntranceArgs:
    """The gateway's settings, its host and class (not ``None`` here), and the Service's port."""

    context: Context
    gateway: Gateway
    host: str
    class_name: str
    port: int


class Entrance(pulumi.ComponentResource):
    """Sends the requests for the host to the Service. cert-manager may make the certificate.

    TLS ends at the controller. If the controller is in the mesh, Linkerd encrypts its requests to
    the service.
    """

    def __init__(
        self, name: str, args: EntranceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the objects for the Service called ``name``. They have the same name."""
        super().__init__("platform:traffic:Entrance", name, None, opts)
        self._owner, self._args = name, args
        tls = args.gateway.tls
        if tls is not None and tls.issuer is not None:
            self._certificate(tls, tls.issuer)
        if args.gateway.kind == "ingress":
            self._ingress(tls)
        else:
            self._gateway(tls)
        self.register_outputs({})

    def _metadata(self) -> k8s.meta.v1.ObjectMetaArgs:
        # An Ingress or Gateway gets its address from the cluster's controller, or never gets one.
        annotations = {**SKIP_AWAIT, **DECLARED, **self._args.gateway.annotations}
        return self._args.context.metadata(self._owner, annotations=annotations)

    def _certificate(self, tls: Tls, issuer: str) -> None:
        spec = CertificateSpec(
            secretName=tls.secret,
            dnsNames=[self._args.host],
            issuerRef={"group": "cert-manager.io", "kind": "ClusterIssuer", "name": issuer},
            privateKey={"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        )
        self._object(CERTIFICATE, spec)

    def _ingress(self, tls: Tls | None) -> None:
        args, net = self._args, k8s.networking.v1
        port = net.ServiceBackendPortArgs(number=args.port)
        service = net.IngressServiceBackendArgs(name=self._owner, port=port)
        path = net.HTTPIngressPathArgs(
            path="/", path_type="Prefix", backend=net.IngressBackendArgs(service=service)
        )
        rule = net.IngressRuleArgs(host=args.host, http=net.HTTPIngressRuleValueArgs(paths=[path]))
        certificates = (
            [net.IngressTLSArgs(hosts=[args.host], secret_name=tls.secret)] if tls else None
        )
        net.Ingress(
            self._owner,
            metadata=self._metadata(),
            spec=net.IngressSpecArgs(
                ingress_class_name=args.class_name, rules=[rule], tls=certificates
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _gateway(self, tls: Tls | None) -> None:
        listener: Listener = {
            "name": "web",
            "hostname": self._args.host,
            "protocol": "HTTP" if tls is None else "HTTPS",
            "port": 80 if tls is None else 443,
            # Only routes of this namespace may attach to the listener.
            "allowedRoutes": {"namespaces": {"from": "Same"}},
        }
        if tls is not None:
            listener["tls"] = {"mode": "Terminate", "certificateRefs": [{"name": tls.secret}]}
        spec = GatewaySpec(gatewayClassName=self._args.class_name, listeners=[listener])
        gateway = self._object(GATEWAY, spec)
        to_service = RouteSpec(
            parentRefs=[{"name": self._owner}],
            hostnames=[self._args.host],
            rules=[{"backendRefs": [{"name": self._owner, "port": self._args.port}]}],
        )
        self._object(route("HTTPRoute"), to_service, gateway)

    def _object(
        self, kind: Kind[Spec], spec: Spec, *depends_on: pulumi.Resource
    ) -> pulumi.Resource:
        return custom_resource(
            f"{self._owner}-{kind.name.lower()}",
            kind,
            spec,
            metadata=self._metadata(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(depends_on)),
        )


def gateway_url(status: Any, port: int) -> str | None:
    """The URL of a load balancer, once it has an address (a Service's status)."""
    ingress = status and status.load_balancer and status.load_balancer.ingress
    if not ingress:
        return None
    host = ingress[0].hostname or ingress[0].ip
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

"""The way in from outside through a controller of the cluster: an Ingress, or a Gateway.

Sources: https://linkerd.io/2-edge/tasks/using-ingress/, https://gateway-api.sigs.k8s.io/
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.config.stack.gateway import Gateway, Tls
from components.resources.labels import labels
from components.workloads.services import DECLARED

_GATEWAY_API = "gateway.networking.k8s.io/v1"
# Neither has an address before the cluster's controller has seen it, and maybe never has one.
_SKIP_AWAIT = {"pulumi.com/skipAwait": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EntranceArgs:
    """The settings of the way in, with the host and class that it serves; the Service's port."""

    namespace: str
    gateway: Gateway
    host: str
    class_name: str
    port: int


class Entrance(pulumi.ComponentResource):
    """Leads the requests for the host to the Service; cert-manager makes the certificate if asked.

    TLS ends at the controller. From there to the service it is Linkerd's where the controller is in
    the mesh.
    """

    def __init__(
        self, name: str, args: EntranceArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the objects of the Service called ``name``, all called after it."""
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
        return k8s.meta.v1.ObjectMetaArgs(
            name=self._owner,
            namespace=self._args.namespace,
            labels=labels(self._owner),
            annotations={**_SKIP_AWAIT, **DECLARED, **self._args.gateway.annotations},
        )

    def _certificate(self, tls: Tls, issuer: str) -> None:
        spec = {
            "secretName": tls.secret,
            "dnsNames": [self._args.host],
            "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": issuer},
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        }
        self._object("Certificate", "cert-manager.io/v1", spec)

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
        listener: dict[str, Any] = {
            "name": "web",
            "hostname": self._args.host,
            "protocol": "HTTP" if tls is None else "HTTPS",
            "port": 80 if tls is None else 443,
            # Only this namespace's routes lead anywhere from here.
            "allowedRoutes": {"namespaces": {"from": "Same"}},
        }
        if tls is not None:
            listener["tls"] = {"mode": "Terminate", "certificateRefs": [{"name": tls.secret}]}
        spec = {"gatewayClassName": self._args.class_name, "listeners": [listener]}
        gateway = self._object("Gateway", _GATEWAY_API, spec)
        route = {
            "parentRefs": [{"name": self._owner}],
            "hostnames": [self._args.host],
            "rules": [{"backendRefs": [{"name": self._owner, "port": self._args.port}]}],
        }
        self._object("HTTPRoute", _GATEWAY_API, route, gateway)

    def _object(
        self, kind: str, api_version: str, spec: dict[str, Any], *after: pulumi.Resource
    ) -> k8s.apiextensions.CustomResource:
        return k8s.apiextensions.CustomResource(
            f"{self._owner}-{kind.lower()}",
            api_version=api_version,
            kind=kind,
            metadata=self._metadata(),
            spec=spec,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(after)),
        )


def gateway_url(status: Any, port: int) -> str | None:
    """The URL of a load balancer, once it has an address (a Service's status)."""
    ingress = status and status.load_balancer and status.load_balancer.ingress
    if not ingress:
        return None
    host = ingress[0].hostname or ingress[0].ip
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

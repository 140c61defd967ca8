"""Egress: outside the cluster, the services may call only the catalogue's externals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi

from components.config.catalogue.model import External, host_and_port
from components.names import slug
from components.resources.objects import Context, custom_resource
from components.resources.specs.gateway_api import RouteSpec, route
from components.resources.specs.kind import Kind, Spec
from components.resources.specs.policy import EGRESS_NETWORK, EgressNetworkSpec

NAME = "externals"
_GROUP = "policy.linkerd.io"
_ALPHA_ROUTES = "gateway.networking.k8s.io/v1alpha2"


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressArgs:
    """The externals' URLs, and the ports of the endpoints whose hosts only secrets contain."""

    context: Context
    externals: Mapping[str, External]
    ports: Mapping[str, int]
    http_route_api: str


class Egress(pulumi.ComponentResource):
    """An EgressNetwork that denies, with a route for each host that is allowed.

    A route matches https by the name in the TLS handshake, http by its host, and other protocols
    by their port alone. Source: https://linkerd.io/2-edge/features/egress/
    """

    def __init__(
        self, name: str, args: EgressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Limit the egress of the namespace."""
        super().__init__("platform:security:Egress", name, None, opts)
        self._args, self._opts = args, pulumi.ResourceOptions(parent=self)
        self._object(NAME, EGRESS_NETWORK, EgressNetworkSpec(trafficPolicy="Deny"))
        for external, entry in args.externals.items():
            host, _, port = host_and_port(entry.url).rpartition(":")
            tls = urlsplit(entry.url).scheme == "https"
            self._route(external, "TLSRoute" if tls else "HTTPRoute", int(port), host)
        for endpoint, port_number in args.ports.items():
            self._route(endpoint, "TCPRoute", port_number)
        self.register_outputs({})

    def _route(self, name: str, kind: str, port: int, host: str | None = None) -> None:
        namespace = self._args.context.namespace
        spec: RouteSpec = {
            "parentRefs": [
                {
                    "group": _GROUP,
                    "kind": "EgressNetwork",
                    "name": NAME,
                    "namespace": namespace,
                    "port": port,
                }
            ],
            "rules": [
                {
                    "backendRefs": [
                        {"group": _GROUP, "kind": "EgressNetwork", "name": NAME, "port": port}
                    ]
                }
            ],
        }
        if host is not None:
            spec["hostnames"] = [host]
        api = self._args.http_route_api if kind == "HTTPRoute" else _ALPHA_ROUTES
        self._object(slug("egress", name), route(kind, api), spec)

    def _object(self, name: str, kind: Kind[Spec], spec: Spec) -> None:
        custom_resource(
            f"{name}-{kind.name.lower()}",
            kind,
            spec,
            metadata=self._args.context.metadata(name, NAME),
            opts=self._opts,
        )

"""Egress: outside the cluster, the services may call only the catalogue's externals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import pulumi

from components.config.catalogue.model import External, host_and_port
from components.linkerd.protocols import DEFAULT_OPAQUE_PORTS
from components.linkerd.releases import ROUTES_OF_LIMITS
from components.linkerd.shared import words
from components.names import egress_route
from components.resources.objects import Context, custom_resource
from components.resources.specs.gateway_api import RouteSpec, route
from components.resources.specs.kind import Kind, Spec
from components.resources.specs.policy import EGRESS_NETWORK, EgressNetworkSpec

NAME = "externals"
_GROUP = "policy.linkerd.io"


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
    by their port alone. Proxies do not detect the protocol on the endpoints' ports, where a server
    may speak first. Source: https://linkerd.io/2-edge/features/egress/
    """

    def __init__(
        self, name: str, args: EgressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Limit the egress of the namespace."""
        super().__init__("platform:security:Egress", name, None, opts)
        self._args = args
        routes = [self._external(external, entry) for external, entry in args.externals.items()]
        routes += [self._route(name, "TCPRoute", port) for name, port in args.ports.items()]
        # Last, so that nothing is denied before the routes that allow it are there.
        self._object(
            NAME,
            EGRESS_NETWORK,
            EgressNetworkSpec(trafficPolicy="Deny"),
            annotations=_opaque_ports(args.ports.values()),
            depends_on=routes,
        )
        self.register_outputs({})

    def _external(self, name: str, external: External) -> pulumi.Resource:
        host, _, port = host_and_port(external.url).rpartition(":")
        tls = urlsplit(external.url).scheme == "https"
        return self._route(name, "TLSRoute" if tls else "HTTPRoute", int(port), host)

    def _route(self, name: str, kind: str, port: int, host: str | None = None) -> pulumi.Resource:
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
        api = (
            self._args.http_route_api
            if kind == "HTTPRoute"
            else f"gateway.networking.k8s.io/{ROUTES_OF_LIMITS[kind]}"
        )
        return self._object(egress_route(name), route(kind, api), spec)

    def _object(
        self,
        name: str,
        kind: Kind[Spec],
        spec: Spec,
        *,
        annotations: Mapping[str, str] | None = None,
        depends_on: Sequence[pulumi.Resource] = (),
    ) -> pulumi.Resource:
        return custom_resource(
            f"{name}-{kind.name.lower()}",
            kind,
            spec,
            metadata=self._args.context.metadata(name, NAME, annotations=annotations),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(depends_on)),
        )


def _opaque_ports(ports: Iterable[int]) -> dict[str, str] | None:
    """The annotation for the endpoints' ports. It replaces Linkerd's list, so it repeats that."""
    if not (own := set(ports)):
        return None
    return {words.OPAQUE_PORTS: ",".join(map(str, sorted(own | DEFAULT_OPAQUE_PORTS)))}

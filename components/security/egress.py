"""Egress: the services reach no host outside of the cluster but the catalogue's externals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pulumi
import pulumi_kubernetes as k8s

from components.config.catalogue.model import External, host_and_port
from components.names import slug
from components.resources.labels import labels

NAME = "externals"
_GROUP = "policy.linkerd.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressArgs:
    """The externals' URLs, and the ports of the endpoints whose hosts only secrets know."""

    namespace: str
    externals: Mapping[str, External]
    ports: Mapping[str, int]
    http_route_api: str


class Egress(pulumi.ComponentResource):
    """An EgressNetwork that denies, with a route for each host that is allowed.

    https is matched by the name in the TLS handshake, http by its host, and other protocols by
    their port alone. Source: https://linkerd.io/2-edge/features/egress/
    """

    def __init__(
        self, name: str, args: EgressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Limit the egress of the namespace."""
        super().__init__("platform:security:Egress", name, None, opts)
        self._args, self._opts = args, pulumi.ResourceOptions(parent=self)
        self._object(
            NAME,
            f"{_GROUP}/v1alpha1",
            "EgressNetwork",
            {"trafficPolicy": "Deny"},
        )
        for external, entry in args.externals.items():
            host, _, port = host_and_port(entry.url).rpartition(":")
            tls = urlsplit(entry.url).scheme == "https"
            kind = "TLSRoute" if tls else "HTTPRoute"
            self._route(external, kind, int(port), {"hostnames": [host]})
        for endpoint, port_number in args.ports.items():
            self._route(endpoint, "TCPRoute", port_number, {})
        self.register_outputs({})

    def _route(self, name: str, kind: str, port: int, spec: Mapping[str, Any]) -> None:
        api = "gateway.networking.k8s.io/v1alpha2"
        network = {"group": _GROUP, "kind": "EgressNetwork", "name": NAME}
        self._object(
            slug("egress", name),
            self._args.http_route_api if kind == "HTTPRoute" else api,
            kind,
            {
                **spec,
                "parentRefs": [{**network, "namespace": self._args.namespace, "port": port}],
                "rules": [{"backendRefs": [{**network, "port": port}]}],
            },
        )

    def _object(self, name: str, api_version: str, kind: str, spec: Mapping[str, Any]) -> None:
        k8s.apiextensions.CustomResource(
            f"{name}-{kind.lower()}",
            api_version=api_version,
            kind=kind,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=name, namespace=self._args.namespace, labels=labels(NAME)
            ),
            spec=dict(spec),
            opts=self._opts,
        )

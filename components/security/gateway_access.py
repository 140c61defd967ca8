"""The one port that clients without a mesh identity may reach: the gateway's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as k8s

from components.containers import Protocol
from components.workloads.labels import labels, selector

_AUTHORIZATION_API = "policy.linkerd.io/v1alpha1"
# The policy pack lets nobody in without a mesh identity, unless the object says why.
_DECLARED = {
    "policy.linkerd-platform.dev/allow-unauthenticated": (
        "The catalogue's gateway serves clients outside the mesh."
    )
}
_PROXY_PROTOCOLS: Mapping[Protocol, str] = {"http": "HTTP/1", "http2": "HTTP/2", "grpc": "gRPC"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayAccessArgs:
    """The gateway's port, and the networks that its clients come from."""

    namespace: str
    server_api: str
    port: str
    protocol: Protocol
    cidrs: Sequence[str]


class GatewayAccess(pulumi.ComponentResource):
    """Opens the gateway's port to the given networks and to every client in the mesh.

    All other ports keep the namespace's inbound policy. Source:
    https://linkerd.io/2-edge/reference/authorization-policy/
    """

    def __init__(
        self, name: str, args: GatewayAccessArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Open the port of the service called ``name``."""
        super().__init__("platform:security:GatewayAccess", name, None, opts)
        self._owner, self._args = name, args
        self._server()
        networks = [{"cidr": cidr} for cidr in args.cidrs]
        self._object(
            f"{name}-clients", _AUTHORIZATION_API, "NetworkAuthentication", {"networks": networks}
        )
        self._object(
            f"{name}-mesh", _AUTHORIZATION_API, "MeshTLSAuthentication", {"identities": ["*"]}
        )
        self._authorization(f"{name}-clients", "NetworkAuthentication", _DECLARED)
        self._authorization(f"{name}-mesh", "MeshTLSAuthentication")
        self.register_outputs({})

    def _server(self) -> None:
        self._object(
            self._owner,
            self._args.server_api,
            "Server",
            {
                "podSelector": {"matchLabels": selector(self._owner)},
                "port": self._args.port,
                "proxyProtocol": _PROXY_PROTOCOLS[self._args.protocol],
            },
        )

    def _authorization(
        self, name: str, kind: str, annotations: Mapping[str, str] | None = None
    ) -> None:
        group = _AUTHORIZATION_API.partition("/")[0]
        spec = {
            "targetRef": {"group": group, "kind": "Server", "name": self._owner},
            "requiredAuthenticationRefs": [{"group": group, "kind": kind, "name": name}],
        }
        self._object(name, _AUTHORIZATION_API, "AuthorizationPolicy", spec, annotations)

    def _object(
        self,
        name: str,
        api_version: str,
        kind: str,
        spec: Mapping[str, Any],
        annotations: Mapping[str, str] | None = None,
    ) -> None:
        k8s.apiextensions.CustomResource(
            f"{name}-{kind.lower()}",
            api_version=api_version,
            kind=kind,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=name,
                namespace=self._args.namespace,
                labels=labels(self._owner),
                annotations=dict(annotations) if annotations else None,
            ),
            spec=dict(spec),
            opts=pulumi.ResourceOptions(parent=self),
        )

"""Linkerd's authorization objects, as one owner's components write them.

Source: https://linkerd.io/2-edge/reference/authorization-policy/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import pulumi
import pulumi_kubernetes as k8s

from components.config.stack.gateway import MeshIdentity
from components.resources.labels import labels

GROUP = "policy.linkerd.io"
_AUTHORIZATION_API = f"{GROUP}/v1alpha1"

Authentication: TypeAlias = Literal["MeshTLSAuthentication", "NetworkAuthentication"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyContext:
    """Where the objects go, and what differs between releases.

    ``access_policy`` is what happens to a client that nothing authorizes; ``None`` leaves it to
    Linkerd, which refuses it.
    """

    namespace: str
    server_api: str
    route_api: str
    access_policy: str | None = None

    @property
    def route_group(self) -> str:
        """The API group of the HTTPRoutes."""
        return self.route_api.partition("/")[0]


class PolicyObjects:
    """Writes the objects of one owner as children of a component."""

    def __init__(self, owner: str, context: PolicyContext, parent: pulumi.Resource) -> None:
        """``owner`` is the service or store whose labels the objects have."""
        self._owner, self._context, self._parent = owner, context, parent

    def server(
        self,
        name: str,
        *,
        pods: Mapping[str, Any],
        port: int | str,
        protocol: str,
        annotations: Mapping[str, str] | None = None,
        after: Sequence[pulumi.Resource],
    ) -> pulumi.Resource:
        """A Server, which closes the port for everybody whom nothing authorizes.

        It comes last, so that nobody is refused meanwhile whom an object of ``after`` lets in.
        """
        spec: dict[str, Any] = {"podSelector": dict(pods), "port": port, "proxyProtocol": protocol}
        if self._context.access_policy is not None:
            spec["accessPolicy"] = self._context.access_policy
        return self._object(name, self._context.server_api, "Server", spec, annotations, after)

    def mesh(self, name: str, identities: Sequence[MeshIdentity]) -> pulumi.Resource:
        """Clients with one of these identities, of which there is one at least."""
        refs = [
            {"kind": "ServiceAccount", "name": one.service_account, "namespace": one.namespace}
            for one in identities
        ]
        return self._object(
            name, _AUTHORIZATION_API, "MeshTLSAuthentication", {"identityRefs": refs}
        )

    def network(self, name: str, cidrs: Sequence[str]) -> pulumi.Resource:
        """Clients with an address in one of these networks."""
        networks = [{"cidr": cidr} for cidr in cidrs]
        return self._object(
            name, _AUTHORIZATION_API, "NetworkAuthentication", {"networks": networks}
        )

    def http_route(
        self, name: str, *, server: str, matches: Sequence[Mapping[str, Any]]
    ) -> pulumi.Resource:
        """A route of a Server: what it matches can be authorized by itself."""
        parent = {"group": GROUP, "kind": "Server", "name": server}
        spec = {"parentRefs": [parent], "rules": [{"matches": list(matches)}]}
        return self._object(name, self._context.route_api, "HTTPRoute", spec)

    def authorization(
        self,
        name: str,
        *,
        target: tuple[str, str],
        by: Authentication,
        authentication: str,
        annotations: Mapping[str, str] | None = None,
    ) -> pulumi.Resource:
        """Lets the clients of an authentication reach a target, given as its kind and name."""
        kind, target_name = target
        group = self._context.route_group if kind == "HTTPRoute" else GROUP
        spec = {
            "targetRef": {"group": group, "kind": kind, "name": target_name},
            "requiredAuthenticationRefs": [{"group": GROUP, "kind": by, "name": authentication}],
        }
        return self._object(name, _AUTHORIZATION_API, "AuthorizationPolicy", spec, annotations)

    def _object(
        self,
        name: str,
        api_version: str,
        kind: str,
        spec: Mapping[str, Any],
        annotations: Mapping[str, str] | None = None,
        after: Sequence[pulumi.Resource] = (),
    ) -> pulumi.Resource:
        return k8s.apiextensions.CustomResource(
            f"{name}-{kind.lower()}",
            api_version=api_version,
            kind=kind,
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=name,
                namespace=self._context.namespace,
                labels=labels(self._owner),
                annotations=dict(annotations) if annotations else None,
            ),
            spec=dict(spec),
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=list(after)),
        )

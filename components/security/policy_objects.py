"""Linkerd's authorization objects, as one owner's components write them.

Source: https://linkerd.io/2-edge/reference/authorization-policy/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import pulumi

from components.config.stack.gateway import MeshIdentity
from components.resources.objects import Context, custom_resource
from components.resources.specs import policy
from components.resources.specs.gateway_api import RouteMatch, RouteSpec, route
from components.resources.specs.kind import Kind, Spec
from components.resources.specs.policy import (
    AuthorizationPolicySpec,
    MeshTLSAuthenticationSpec,
    NetworkAuthenticationSpec,
    PodSelector,
    ServerSpec,
)

GROUP = "policy.linkerd.io"

Authentication: TypeAlias = Literal["MeshTLSAuthentication", "NetworkAuthentication"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyContext:
    """The namespace of the objects, and what differs between Linkerd's releases.

    ``access_policy`` is what a Server does with a client that nothing authorizes. With ``None``
    Linkerd refuses it.
    """

    context: Context
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
        """``owner`` is the service or store whose labels the objects get."""
        self._owner, self._context, self._parent = owner, context, parent

    def server(
        self,
        name: str,
        *,
        pods: PodSelector,
        port: int | str,
        protocol: str,
        annotations: Mapping[str, str] | None = None,
        depends_on: Sequence[pulumi.Resource],
    ) -> pulumi.Resource:
        """A Server: it refuses every client of the port that nothing authorizes.

        It is created after ``depends_on``, so that callers which these objects authorize are never
        refused in between.
        """
        spec: ServerSpec = {"podSelector": pods, "port": port, "proxyProtocol": protocol}
        if self._context.access_policy is not None:
            spec["accessPolicy"] = self._context.access_policy
        kind = policy.server(self._context.server_api)
        return self._object(name, kind, spec, annotations, depends_on)

    def mesh(self, name: str, identities: Sequence[MeshIdentity]) -> pulumi.Resource:
        """A MeshTLSAuthentication for clients with one of these identities, at least one."""
        refs: list[policy.AccountRef] = [
            {"kind": "ServiceAccount", "name": one.service_account, "namespace": one.namespace}
            for one in identities
        ]
        spec = MeshTLSAuthenticationSpec(identityRefs=refs)
        return self._object(name, policy.MESH_TLS_AUTHENTICATION, spec)

    def network(self, name: str, cidrs: Sequence[str]) -> pulumi.Resource:
        """A NetworkAuthentication for clients with an address in one of these networks."""
        networks: list[policy.Network] = [{"cidr": cidr} for cidr in cidrs]
        spec = NetworkAuthenticationSpec(networks=networks)
        return self._object(name, policy.NETWORK_AUTHENTICATION, spec)

    def http_route(
        self, name: str, *, server: str, matches: Sequence[RouteMatch]
    ) -> pulumi.Resource:
        """An HTTPRoute of a Server, which can be authorized by itself."""
        spec = RouteSpec(
            parentRefs=[{"group": GROUP, "kind": "Server", "name": server}],
            rules=[{"matches": list(matches)}],
        )
        return self._object(name, route("HTTPRoute", self._context.route_api), spec)

    def authorization(
        self,
        name: str,
        *,
        target: tuple[str, str],
        by: Authentication,
        authentication: str,
        annotations: Mapping[str, str] | None = None,
    ) -> pulumi.Resource:
        """An AuthorizationPolicy: clients of an authentication may reach a target (kind, name)."""
        kind, target_name = target
        group = self._context.route_group if kind == "HTTPRoute" else GROUP
        spec = AuthorizationPolicySpec(
            targetRef={"group": group, "kind": kind, "name": target_name},
            requiredAuthenticationRefs=[{"group": GROUP, "kind": by, "name": authentication}],
        )
        return self._object(name, policy.AUTHORIZATION_POLICY, spec, annotations)

    def _object(
        self,
        name: str,
        kind: Kind[Spec],
        spec: Spec,
        annotations: Mapping[str, str] | None = None,
        depends_on: Sequence[pulumi.Resource] = (),
    ) -> pulumi.Resource:
        return custom_resource(
            f"{name}-{kind.name.lower()}",
            kind,
            spec,
            metadata=self._context.context.metadata(name, self._owner, annotations=annotations),
            opts=pulumi.ResourceOptions(parent=self._parent, depends_on=list(depends_on)),
        )

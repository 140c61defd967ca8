"""Linkerd's authorization and egress (policy.linkerd.io).

Source: https://linkerd.io/2-edge/reference/authorization-policy/
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from components.resources.specs.kind import Kind


class LabelExpression(TypedDict):
    key: str
    operator: str
    values: NotRequired[list[str]]


class PodSelector(TypedDict, total=False):
    matchLabels: dict[str, str]
    matchExpressions: list[LabelExpression]


class ServerSpec(TypedDict):
    """A port of some pods."""

    podSelector: PodSelector
    port: int | str
    proxyProtocol: str
    accessPolicy: NotRequired[str]


class AccountRef(TypedDict):
    kind: Literal["ServiceAccount"]
    name: str
    namespace: str


class MeshTLSAuthenticationSpec(TypedDict):
    """Clients by their mesh identity."""

    identityRefs: list[AccountRef]


class Network(TypedDict):
    cidr: str


class NetworkAuthenticationSpec(TypedDict):
    """Clients by their address."""

    networks: list[Network]


class PolicyRef(TypedDict):
    group: str
    kind: str
    name: str


class AuthorizationPolicySpec(TypedDict):
    """Who may reach a Server or a route."""

    targetRef: PolicyRef
    requiredAuthenticationRefs: list[PolicyRef]


class EgressNetworkSpec(TypedDict):
    """What happens to requests that leave the cluster."""

    trafficPolicy: Literal["Allow", "Deny"]


MESH_TLS_AUTHENTICATION = Kind[MeshTLSAuthenticationSpec](
    "MeshTLSAuthentication", "policy.linkerd.io/v1alpha1"
)
NETWORK_AUTHENTICATION = Kind[NetworkAuthenticationSpec](
    "NetworkAuthentication", "policy.linkerd.io/v1alpha1"
)
AUTHORIZATION_POLICY = Kind[AuthorizationPolicySpec](
    "AuthorizationPolicy", "policy.linkerd.io/v1alpha1"
)
EGRESS_NETWORK = Kind[EgressNetworkSpec]("EgressNetwork", "policy.linkerd.io/v1alpha1")


def server(api_version: str) -> Kind[ServerSpec]:
    """The kind Server, whose API version depends on Linkerd's release."""
    return Kind("Server", api_version)

"""Linkerd's kinds for the rules, and the words that the program knows as well.

Sources: https://linkerd.io/2-edge/reference/proxy-configuration/,
https://linkerd.io/2-edge/reference/authorization-policy/.
"""

from __future__ import annotations

from linkerd_policies.shared import namespaces
from linkerd_policies.shared.words import (
    ADMISSION_WEBHOOKS,
    ALLOW_EXPOSURE,
    ALLOW_UNAUTHENTICATED,
    BYPASSES,
    CALLS,
    CONTROL_PLANE_COMPONENT,
    FAILURE_ACCRUAL,
    IDEMPOTENT,
    INBOUND_POLICY,
    INJECT,
    INJECTED,
    PROXY_CPU_REQUEST,
    PROXY_MEMORY_LIMIT,
    REFUSE_ALL,
    RETRY_GRPC,
    RETRY_HTTP,
    RETRY_LIMIT,
    RETRY_PREFIX,
    RETRY_TIMEOUT,
    RETRYABLE_GRPC,
    STRICT_POLICIES,
    TIMEOUT_PREFIX,
    TIMEOUT_REQUEST,
    WEAK_POLICIES,
)

__all__ = [
    "ADMISSION_WEBHOOKS",
    "ALLOW_EXPOSURE",
    "ALLOW_UNAUTHENTICATED",
    "BYPASSES",
    "CALLS",
    "CONTROL_PLANE_COMPONENT",
    "FAILURE_ACCRUAL",
    "IDEMPOTENT",
    "INBOUND_POLICY",
    "INJECT",
    "INJECTED",
    "REFUSE_ALL",
    "RETRYABLE_GRPC",
    "RETRY_GRPC",
    "RETRY_HTTP",
    "RETRY_LIMIT",
    "RETRY_PREFIX",
    "RETRY_TIMEOUT",
    "STRICT_POLICIES",
    "TIMEOUT_PREFIX",
    "TIMEOUT_REQUEST",
    "WEAK_POLICIES",
]

PROXY_RESOURCES = {
    PROXY_CPU_REQUEST: ("cpu", "request"),
    PROXY_MEMORY_LIMIT: ("memory", "limit"),
}
"""What every proxy should have: the annotation, and its place below the chart's
``proxy.resources``."""

SYSTEM_NAMESPACES = namespaces.SYSTEM

SERVICE = ("", "Service")
NAMESPACE = ("", "Namespace")
SERVICE_PROFILE = ("linkerd.io", "ServiceProfile")
TRAFFIC_SPLIT = ("split.smi-spec.io", "TrafficSplit")
SERVER = ("policy.linkerd.io", "Server")
SERVER_AUTHORIZATION = ("policy.linkerd.io", "ServerAuthorization")
AUTHORIZATION_POLICY = ("policy.linkerd.io", "AuthorizationPolicy")
ROUTES = frozenset(
    {
        ("gateway.networking.k8s.io", "HTTPRoute"),
        ("gateway.networking.k8s.io", "GRPCRoute"),
        ("policy.linkerd.io", "HTTPRoute"),
    }
)
DEPLOYMENT = ("apps", "Deployment")
HELM_RELEASE = ("helm.sh", "Release")
HELM_CHART = ("helm.sh", "Chart")
FLAGGER_CANARY = ("flagger.app", "Canary")

"""Linkerd's own words: annotations, labels and the values that they take.

Sources: https://linkerd.io/2-edge/reference/proxy-configuration/,
https://linkerd.io/2-edge/features/server-policy/,
https://linkerd.io/2-edge/reference/retries/,
https://linkerd.io/2-edge/reference/circuit-breaking/.
"""

from __future__ import annotations

INJECT = "linkerd.io/inject"
INJECTED = ("enabled", "ingress")

INBOUND_POLICY = "config.linkerd.io/default-inbound-policy"
STRICT_POLICIES = ("all-authenticated", "cluster-authenticated", "deny")
WEAK_POLICIES = ("all-unauthenticated", "cluster-unauthenticated", "audit")

BYPASSES = (
    "config.linkerd.io/skip-inbound-ports",
    "config.linkerd.io/skip-outbound-ports",
    "config.linkerd.io/skip-subnets",
)
"""Traffic named by these annotations goes around the proxy, so without mTLS."""

PROXY_RESOURCES = {
    "config.linkerd.io/proxy-cpu-request": ("cpu", "request"),
    "config.linkerd.io/proxy-memory-limit": ("memory", "limit"),
}
"""What a proxy is to have: the annotation, and the place below ``proxy.resources`` of the chart."""
ADMISSION_WEBHOOKS = "config.linkerd.io/admission-webhooks"
CONTROL_PLANE_COMPONENT = "linkerd.io/control-plane-component"

SYSTEM_NAMESPACES = (
    "kube-system",
    "linkerd",
    "linkerd-cni",
    "linkerd-jaeger",
    "linkerd-multicluster",
    "linkerd-smi",
    "linkerd-viz",
)
"""Where Linkerd's own charts install; they pin some of their pods to weaker policies on purpose."""

ALLOW_UNAUTHENTICATED = "policy.linkerd-platform.dev/allow-unauthenticated"
"""This pack's own annotation: why this object lets clients without mTLS in."""

ALLOW_EXPOSURE = "policy.linkerd-platform.dev/allow-exposure"
"""This pack's own annotation: why clients outside of the cluster reach this object."""

REFUSE_ALL = "policy.linkerd-platform.dev/refuse-all"
"""This pack's own annotation: why this Server lets nobody in."""

CALLS = "policy.linkerd-platform.dev/calls"
"""This pack's own annotation of pod templates: the Services that the pods call, comma separated."""

RETRY_PREFIX = "retry.linkerd.io/"
RETRY_HTTP = "retry.linkerd.io/http"
RETRY_GRPC = "retry.linkerd.io/grpc"
RETRY_LIMIT = "retry.linkerd.io/limit"
RETRY_TIMEOUT = "retry.linkerd.io/timeout"
TIMEOUT_PREFIX = "timeout.linkerd.io/"
TIMEOUT_REQUEST = "timeout.linkerd.io/request"
RETRYABLE_GRPC = ("cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable")

FAILURE_ACCRUAL = "balancer.linkerd.io/failure-accrual"

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

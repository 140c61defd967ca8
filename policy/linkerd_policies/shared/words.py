"""Annotations, labels and the values that they take: Linkerd's, and this project's own.

Sources: https://linkerd.io/2-edge/reference/proxy-configuration/,
https://linkerd.io/2-edge/features/server-policy/,
https://linkerd.io/2-edge/reference/retries/,
https://linkerd.io/2-edge/reference/timeouts/,
https://linkerd.io/2-edge/reference/circuit-breaking/.
"""

from __future__ import annotations

CONFIG_PREFIX = "config.linkerd.io/"

INJECT = "linkerd.io/inject"
INJECTED = ("enabled", "ingress")
"""The values of :data:`INJECT` that put a pod into the mesh."""
NOT_INJECTED = "disabled"

INBOUND_POLICY = f"{CONFIG_PREFIX}default-inbound-policy"
STRICT_POLICIES = ("all-authenticated", "cluster-authenticated", "deny")
"""The default inbound policies that refuse clients without a mesh identity."""
WEAK_POLICIES = ("all-unauthenticated", "cluster-unauthenticated", "audit")

SKIP_INBOUND_PORTS = f"{CONFIG_PREFIX}skip-inbound-ports"
BYPASSES = (
    SKIP_INBOUND_PORTS,
    f"{CONFIG_PREFIX}skip-outbound-ports",
    f"{CONFIG_PREFIX}skip-subnets",
)
"""Traffic that these annotations name goes around the proxy, so without mTLS."""

ADMISSION_WEBHOOKS = f"{CONFIG_PREFIX}admission-webhooks"
"""A label of namespaces. ``disabled`` keeps the proxy out of every pod."""

OPAQUE_PORTS = f"{CONFIG_PREFIX}opaque-ports"
PROXY_CPU_REQUEST = f"{CONFIG_PREFIX}proxy-cpu-request"
PROXY_MEMORY_LIMIT = f"{CONFIG_PREFIX}proxy-memory-limit"
CONTROL_PLANE_COMPONENT = "linkerd.io/control-plane-component"
IS_CONTROL_PLANE = "linkerd.io/is-control-plane"

RETRY_PREFIX = "retry.linkerd.io/"
RETRY_HTTP = f"{RETRY_PREFIX}http"
RETRY_GRPC = f"{RETRY_PREFIX}grpc"
RETRY_LIMIT = f"{RETRY_PREFIX}limit"
RETRY_TIMEOUT = f"{RETRY_PREFIX}timeout"
TIMEOUT_PREFIX = "timeout.linkerd.io/"
TIMEOUT_REQUEST = f"{TIMEOUT_PREFIX}request"

RETRYABLE_GRPC = ("cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable")
"""The gRPC statuses that Linkerd retries."""

_STATUS = "[1-5][0-9]{2}"
RETRYABLE_HTTP = f"5xx|gateway-error|({_STATUS})(?:-({_STATUS}))?"
"""A regular expression for one entry of :data:`RETRY_HTTP`, for Python and for CEL (RE2)."""

FAILURE_ACCRUAL = "balancer.linkerd.io/failure-accrual"

OWN_PREFIX = "policy.linkerd-platform.dev/"
"""The prefix of this project's own annotations."""

ALLOW_UNAUTHENTICATED = f"{OWN_PREFIX}allow-unauthenticated"
"""Why this object lets clients without mTLS in."""

ALLOW_EXPOSURE = f"{OWN_PREFIX}allow-exposure"
"""Why clients outside of the cluster reach this object."""

REFUSE_ALL = f"{OWN_PREFIX}refuse-all"
"""Why this Server lets nobody in."""

CALLS = f"{OWN_PREFIX}calls"
"""On a pod template: the Services that the pods call, separated by commas."""

IDEMPOTENT = f"{OWN_PREFIX}idempotent"
"""That retries do no harm. On a ServiceProfile the names of the routes, separated by commas; on an
HTTPRoute, GRPCRoute or Service the reason."""

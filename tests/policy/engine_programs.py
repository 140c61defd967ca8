"""Programs for the engine, good and bad."""

from __future__ import annotations

GOOD = """
namespace("shop", STRICT)
profile("web", routes=[RETRIED], retryBudget=BUDGET)
service("cart", **BREAKER, **{
    "retry.linkerd.io/http": "5xx", "retry.linkerd.io/limit": "3",
    "retry.linkerd.io/timeout": "500ms", "timeout.linkerd.io/request": "2s",
    "policy.linkerd-platform.dev/idempotent": "it only answers questions"})
gateway("api", "browsers outside the mesh come in here")
"""

BAD = {
    "linkerd-namespace-strict-mtls": 'namespace("shop", {"linkerd.io/inject": "enabled"})',
    "linkerd-gateway-limit": """
gateway("api", "browsers outside the mesh come in here")
gateway("admin", "operators outside the mesh come in here")
""",
    "linkerd-service-profile-retry-budget": 'profile("cart", routes=[RETRIED])',
    "linkerd-no-clear-secrets": """
namespace("shop", STRICT)
POD["containers"][0]["env"] = [{"name": "API_TOKEN", "value": pulumi.Output.secret("x-y-z")}]
k8s.core.v1.Pod("pod", metadata={"name": "pod", "namespace": "shop"}, spec=POD, opts=opts)
""",
    "linkerd-breaker-profile-clash": """
service("cart", **BREAKER)
profile("cart", routes=[RETRIED], retryBudget=BUDGET)
""",
}

UNKNOWN = """
first = namespace("first", STRICT)
annotations = {annotations}
namespace("second", annotations)
"""

TWO_CLUSTERS = """
for name in ("east", "west"):
    there = pulumi.ResourceOptions(
        provider=k8s.Provider(name, render_yaml_to_directory=f"written/{name}"))
    k8s.core.v1.Namespace(
        f"{name}-shop", metadata={"name": "shop", "annotations": STRICT}, opts=there)
    k8s.apps.v1.Deployment(
        f"{name}-api", metadata={"name": "api", "namespace": "shop"},
        spec={"selector": {"matchLabels": {"app": "api"}},
              "template": {"metadata": {"labels": {"app": "api"}}, "spec": POD}}, opts=there)
    k8s.core.v1.Service(
        f"{name}-api", metadata={"name": "api", "namespace": "shop"},
        spec={"selector": {"app": "api"}, "ports": [{"port": 80}]}, opts=there)
    CustomResource(
        f"{name}-split", api_version="split.smi-spec.io/v1alpha2", kind="TrafficSplit",
        metadata={"name": "api", "namespace": "shop"},
        spec={"service": "api", "backends": [{"service": "api", "weight": 1}]}, opts=there)
"""

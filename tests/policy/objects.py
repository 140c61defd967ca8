"""Small Kubernetes objects for the tests of rules, all in the namespace ``shop``."""

from __future__ import annotations

from typing import Any

from tests.policy.support import Manifest

MESHED = "linkerd.io/inject"
LIMIT = "linkerd-gateway-limit"
REASON = {"policy.linkerd-platform.dev/allow-unauthenticated": "browsers reach the shop here"}


def thing(
    version: str,
    kind: str,
    name: Any,
    spec: Any = None,
    namespace: Any = "shop",
    **annotations: Any,
) -> Manifest:
    metadata: dict[str, Any] = {"name": name, "namespace": namespace}
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec or {}}


def elsewhere(manifest: Manifest, where: Any = "other") -> Manifest:
    """The object in another namespace."""
    return {**manifest, "metadata": {**manifest["metadata"], "namespace": where}}


def release(chart: Any, **props: Any) -> Manifest:
    """A Helm release."""
    return {"apiVersion": "helm.sh/v3", "kind": "Release", "chart": chart, **props}


def profile(spec: Any, name: Any = "cart.shop.svc.cluster.local") -> Manifest:
    return thing("linkerd.io/v1alpha2", "ServiceProfile", name, spec)


def budget(**spec: Any) -> Manifest:
    return thing("policy/v1", "PodDisruptionBudget", "cart", spec)


def namespace(name: Any = "shop", inject: Any = "enabled", **annotations: Any) -> Manifest:
    marks = {"config.linkerd.io/default-inbound-policy": "all-authenticated", **annotations}
    metadata = {"name": name, "annotations": {MESHED: inject, **marks}}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}


def service(name: Any = "cart", selector: Any = None, port: Any = 8080, **spec: Any) -> Manifest:
    ports = port if isinstance(port, list) else [{"port": port}]
    return thing("v1", "Service", name, {"ports": ports, "selector": selector or {}, **spec})


def deployment(
    name: Any = "cart", labels: Any = None, ports: Any = None, kind: str = "Deployment", **pod: Any
) -> Manifest:
    chosen = {"app": name} if labels is None else labels
    container = {"name": "app", "image": "app", "ports": ports or []}
    template = {"metadata": {"labels": chosen}, "spec": {"containers": [container], **pod}}
    spec = {"selector": {"matchLabels": chosen}, "template": template}
    return thing("apps/v1", kind, name, spec)


def split(
    *weights: Any, name: str = "cart", apex: Any = "cart", version: str = "v1alpha2"
) -> Manifest:
    """A TrafficSplit between ``cart`` and ``cart-v2``, ``cart-v3``..., as many as weights."""
    names = ["cart", *(f"cart-v{number}" for number in range(2, len(weights) + 1))]
    backends = [{"service": n, "weight": w} for n, w in zip(names, weights, strict=True)]
    spec = {"service": apex, "backends": backends}
    return thing(f"split.smi-spec.io/{version}", "TrafficSplit", name, spec)


def route(*backends: Any, name: str = "cart", kind: str = "HTTPRoute", **parent: Any) -> Manifest:
    """A route whose parent is Service ``cart``, with one rule."""
    parents = [{"group": "core", "kind": "Service", "name": "cart", "port": 8080, **parent}]
    spec = {"parentRefs": parents, "rules": [{"backendRefs": list(backends)}]}
    return thing("gateway.networking.k8s.io/v1", kind, name, spec)


def policy_object(kind: str, spec: Any, annotations: Any = None, name: str = "api") -> Manifest:
    version = {"Server": "v1beta3", "ServerAuthorization": "v1beta1"}.get(kind, "v1alpha1")
    made = thing(f"policy.linkerd.io/{version}", kind, name, spec)
    return {**made, "metadata": {**made["metadata"], "annotations": annotations or {}}}


def authorization(*kinds: str, target: str = "Server", name: str = "api") -> dict[str, Any]:
    return {
        "targetRef": {"group": "policy.linkerd.io", "kind": target, "name": name},
        "requiredAuthenticationRefs": [{"kind": kind, "name": "x"} for kind in kinds],
    }

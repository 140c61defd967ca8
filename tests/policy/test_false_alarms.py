"""Programs that have nothing to do with Linkerd hear nothing from the pack."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policy.objects import namespace, service
from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Manifest, Pack, documents

GUESTBOOK = """
apiVersion: v1
kind: Namespace
metadata: {name: guestbook, labels: {team: web}}
---
apiVersion: v1
kind: Service
metadata: {name: frontend, namespace: guestbook, annotations: {example.com/owner: web}}
spec: {type: LoadBalancer, ports: [{port: 80}], selector: {app: frontend}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: frontend, namespace: guestbook}
spec:
  template:
    metadata: {labels: {app: frontend}}
    spec: {containers: [{name: php-redis, image: "gcr.io/google-samples/gb-frontend:v5"}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: backup}
spec: {jobTemplate: {spec: {template: {spec: {hostNetwork: true}}}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: guestbook}
spec: {parentRefs: [{name: ingress, namespace: ingress}]}
---
apiVersion: helm.sh/v3
kind: Release
chart: redis
values: {auth: {enabled: false}, proxy: {}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: guestbook}
spec: {defaultBackend: {service: {name: elsewhere, port: {number: 80}}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: guestbook}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: elsewhere}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web, namespace: guestbook}
spec: {selector: {matchLabels: {app: elsewhere}}}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere, namespace: guestbook}
spec: {type: NodePort, ports: [{port: 80}], selector: {app: elsewhere}}
---
apiVersion: networking.example.com/v1
kind: Server
metadata: {name: web}
spec: {accessPolicy: all-unauthenticated}
"""


def test_a_program_without_linkerd() -> None:
    assert Pack().diagnostics(*documents(GUESTBOOK)) == []


@pytest.mark.parametrize("version", ["v3", "v4"])
def test_a_chart_component_without_inputs(version: str) -> None:
    chart = {"apiVersion": f"helm.sh/{version}", "kind": "Chart"}
    assert list(Pack().resource({}, f"kubernetes:helm.sh/{version}:Chart").diagnostics) == []
    assert Pack().diagnostics(chart) == []


def test_resources_of_other_providers_are_not_applicable() -> None:
    response = Pack().resource({"length": 12}, "random:index/randomPassword:RandomPassword")
    assert list(response.diagnostics) == []
    resource_rules = [p for p in Pack().info().policies if p.policy_type == 1]
    assert len(response.not_applicable) == len(resource_rules) > 0


SHAPES: list[Any] = [None, [], "text", 5, True, {}]
FIELDS = {"routes": "ServiceProfile", "parentRefs": "HTTPRoute"}
ODD = [("metadata", {"annotations": []}), ("spec", {"routes": "x"}), ("spec", {"parentRefs": 5})]


@pytest.mark.parametrize(
    ("key", "strange"),
    [*((key, shape) for key in ("metadata", "spec") for shape in SHAPES), *ODD],
)
def test_malformed_objects_raise_nothing(key: str, strange: Any) -> None:
    kinds = [
        ("v1", "Namespace"),
        ("v1", "Service"),
        ("apps/v1", "Deployment"),
        ("batch/v1", "CronJob"),
        ("linkerd.io/v1alpha2", "ServiceProfile"),
        ("split.smi-spec.io/v1alpha2", "TrafficSplit"),
        ("policy.linkerd.io/v1beta3", "HTTPRoute"),
    ]
    stack = [{"apiVersion": version, "kind": kind, key: strange} for version, kind in kinds]
    for field, kind in FIELDS.items():  # which other kinds do not have
        if field in str(strange):
            stack = [manifest for manifest in stack if manifest["kind"] == kind]
    assert Pack().diagnostics(*stack) == []


STRANGE_KINDS = [
    ("v1", "Service"),
    ("v1", "Pod"),
    ("apps/v1", "Deployment"),
    ("networking.k8s.io/v1", "Ingress"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("policy/v1", "PodDisruptionBudget"),
    ("linkerd.io/v1alpha2", "ServiceProfile"),
    ("split.smi-spec.io/v1alpha2", "TrafficSplit"),
    ("gateway.networking.k8s.io/v1", "GRPCRoute"),
    ("policy.linkerd.io/v1beta3", "HTTPRoute"),
    ("policy.linkerd.io/v1beta3", "Server"),
    ("policy.linkerd.io/v1beta1", "ServerAuthorization"),
    ("policy.linkerd.io/v1alpha1", "AuthorizationPolicy"),
    ("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication"),
]
NESTED = [
    "selector",
    "backends",
    "parentRefs",
    "rules",
    "ports",
    "template",
    "client",
    "server",
    "targetRef",
    "scaleTargetRef",
    "requiredAuthenticationRefs",
    "identities",
    "identityRefs",
    "routes",
    "type",
    "externalIPs",
    "matchExpressions",
]


WORDS = ["service", "name", "namespace", "kind", "weight", "port", "targetPort", "key", "values"]
VALUES: list[Any] = [[], {}, 5]
INNER = [dict.fromkeys([*WORDS, "operator", "app"], value) for value in VALUES]
STRANGE = [*SHAPES, *([shape] for shape in SHAPES), *INNER, *([inner] for inner in INNER)]


@pytest.mark.parametrize("strange", STRANGE, ids=[str(number) for number in range(len(STRANGE))])
def test_malformed_objects_in_the_mesh_stop_no_rule(strange: Any) -> None:
    """What is wrong may be told; no rule may fail over it, and so hide what others would tell."""
    metadata = {"name": "cart", "namespace": "shop"}
    spec = {**dict.fromkeys(NESTED, strange), "podSelector": {"matchExpressions": strange}}
    stack: list[Manifest] = [
        {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": each}
        for version, kind in STRANGE_KINDS
        for each in (spec, strange)
    ]
    found = Pack().diagnostics(namespace(), service("alone", {"app": "nothing"}), *stack)
    assert "linkerd-service-endpoints" in {diagnostic.policyName for diagnostic in found}


def test_unknown_values_elsewhere_are_no_violation() -> None:
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": UNKNOWN_TEXT, "annotations": UNKNOWN_MAP},
        "spec": {
            "replicas": UNKNOWN_TEXT,
            "template": {
                "metadata": {"annotations": {"checksum/config": UNKNOWN_TEXT}},
                "spec": UNKNOWN_MAP,
            },
        },
    }
    assert Pack().diagnostics(deployment) == []

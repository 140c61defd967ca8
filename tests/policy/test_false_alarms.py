"""Programs that have nothing to do with Linkerd hear nothing from the pack."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policy.support import UNKNOWN_MAP, UNKNOWN_TEXT, Pack, documents

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

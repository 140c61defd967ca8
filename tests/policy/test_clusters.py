"""Objects of different clusters are never compared, and those of one cluster always."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2

from linkerd_policies.framework.clusters import cluster_of
from linkerd_policies.table import RULES
from tests.policy.support import (
    UNKNOWN_TEXT,
    Manifest,
    Pack,
    documents,
    secret,
    struct,
    token,
)

EAST, WEST = {"kubeconfig": "east"}, {"kubeconfig": "west"}
DEFAULT = "urn:pulumi:dev::p::pulumi:providers:kubernetes::default_4_18_1"


def judged(*parts: tuple[list[Manifest], str, Any]) -> list[tuple[str, str]]:
    """The rule and URN of each violation: objects, and the provider's name and inputs."""
    resources = [
        analyzer_pb2.AnalyzerResource(
            type=token(manifest),
            properties=struct(manifest),
            urn=f"urn:{provider}:{number}",
            name="thing",
            provider=analyzer_pb2.AnalyzerProviderResource(
                urn=f"urn:{provider}", properties=struct(inputs)
            ),
        )
        for manifests, provider, inputs in parts
        for number, manifest in enumerate(manifests)
    ]
    answer = Pack().server.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources), None)
    mandatory = [d for d in answer.diagnostics if d.enforcementLevel == analyzer_pb2.MANDATORY]
    return sorted((one.policyName, one.urn) for one in mandatory)


SHOP = documents(
    """
apiVersion: v1
kind: Namespace
metadata:
  name: shop
  annotations:
    linkerd.io/inject: enabled
    config.linkerd.io/default-inbound-policy: all-authenticated
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      serviceAccountName: api
      automountServiceAccountToken: false
      securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
      containers:
        - name: api
          image: registry.example/shop/api:1.4.2
          resources: {requests: {cpu: 50m, memory: 64Mi}, limits: {memory: 128Mi}}
          securityContext:
            {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
---
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata: {name: api, namespace: shop}
spec: {service: api, backends: [{service: api, weight: 1}]}
---
apiVersion: helm.sh/v3
kind: Release
chart: linkerd-control-plane
version: 2026.6.3
values: {proxy: {defaultInboundPolicy: all-authenticated}}
"""
)
COMPARED = {"linkerd-canary-one-split", "linkerd-workload-selectors", "linkerd-one-control-plane"}


def compared(*providers: tuple[str, Any]) -> set[str]:
    """The rules that take the same objects of these providers for objects of one cluster."""
    return {rule for rule, _ in judged(*((SHOP, *provider) for provider in providers))} & COMPARED


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("east", EAST), ("west", WEST)),
        (("east", {"context": "east"}), ("west", {"context": "west"})),
        (("east", {**EAST, "context": "a"}), ("west", {**EAST, "context": "b"})),
        (("east", {"cluster": "east"}), ("west", {"cluster": "west"})),
        (("east", {"renderYamlToDirectory": "a"}), ("west", {"renderYamlToDirectory": "b"})),
        ((DEFAULT, {"version": "4.18.1"}), ("west", WEST)),
        (("east", {"kubeconfig": secret("east")}), ("west", {"kubeconfig": secret("west")})),
        (("east", {"kubeconfig": UNKNOWN_TEXT}), ("west", {"kubeconfig": UNKNOWN_TEXT})),
        (("east", {"kubeconfig": UNKNOWN_TEXT}), ("west", WEST)),
        (("east", {**EAST, "clusterIdentifier": "a"}), ("west", {"clusterIdentifier": "b"})),
        (("east", {}), ("west", {})),
    ],
)
def test_two_clusters_are_not_compared(first: Any, second: Any) -> None:
    assert compared(first, second) == set()


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("one", EAST), ("one", EAST)),
        (("one", EAST), ("two", EAST)),
        (("one", EAST), ("two", {"kubeconfig": secret("east"), "namespace": "shop"})),
        (("one", {"kubeconfig": UNKNOWN_TEXT}), ("one", {"kubeconfig": UNKNOWN_TEXT})),
        ((DEFAULT, {"version": "4.18.1"}), (f"{DEFAULT}0", {"version": "4.18.10"})),
        ((DEFAULT, {"version": "4.18.1"}), ("two", {"enableServerSideApply": "true"})),
        (
            ("one", {"kubeconfig": "a", "clusterIdentifier": "x"}),
            ("two", {"kubeconfig": UNKNOWN_TEXT, "clusterIdentifier": "x"}),
        ),
    ],
)
def test_one_cluster_is_compared_whichever_the_provider(first: Any, second: Any) -> None:
    assert compared(first, second) == COMPARED


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_cluster_is_judged_as_if_it_were_alone(rule: Any) -> None:
    good, bad = documents(rule.good), documents(rule.bad)
    alone = {
        name: judged((each, name, {"context": name})) for name, each in (("a", good), ("b", bad))
    }
    both = judged((good, "a", {"context": "a"}), (bad, "b", {"context": "b"}))
    assert both == sorted(alone["a"] + alone["b"])


def test_a_namespace_of_another_provider_counts_where_the_cluster_declares_none() -> None:
    """Two providers with different configurations may write into one cluster nevertheless."""
    namespace, workload = SHOP[0], SHOP[1]
    open_one = {**namespace, "metadata": {"name": "shop"}}
    workload = {**workload, "spec": {**workload["spec"]}}
    workload["spec"]["template"] = {
        **workload["spec"]["template"],
        "spec": {"hostNetwork": True, "containers": [{"name": "a", "image": "a:1"}]},
    }
    rule = "linkerd-workload-pod-security"
    apart = judged(([namespace], "east", EAST), ([workload], "west", WEST))
    assert rule in {name for name, _ in apart}
    declared = judged(([namespace], "east", EAST), ([open_one, workload], "west", WEST))
    assert rule not in {name for name, _ in declared}


def test_credentials_are_not_kept() -> None:
    assert "hunter-two" not in cluster_of("urn:x", {"kubeconfig": "token: hunter-two"})

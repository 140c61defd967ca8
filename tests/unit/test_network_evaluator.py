"""The evaluator of NetworkPolicies, on the examples of the Kubernetes documentation."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.cluster.linkerd.network import End, Network

# https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-resource
EXAMPLE: dict[str, Any] = yaml.safe_load("""
metadata: {name: test-network-policy, namespace: default}
spec:
  podSelector: {matchLabels: {role: db}}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - ipBlock: {cidr: 172.17.0.0/16, except: [172.17.1.0/24]}
        - namespaceSelector: {matchLabels: {project: myproject}}
        - podSelector: {matchLabels: {role: frontend}}
      ports: [{protocol: TCP, port: 6379}]
  egress:
    - to: [{ipBlock: {cidr: 10.0.0.0/24}}]
      ports: [{protocol: TCP, port: 5978}]
""")
NETWORK = Network([EXAMPLE], {"default": {}, "other": {"project": "myproject"}, "third": {}})
DATABASE = End("10.1.0.1", "default", {"role": "db"})
FRONTEND = {"role": "frontend"}


@pytest.mark.parametrize(
    ("source", "port", "passes"),
    [
        (End("172.17.0.9"), 6379, True),
        (End("172.17.0.9"), 6380, False),
        (End("172.17.1.9"), 6379, False),
        (End("10.1.0.2", "other", {}), 6379, True),
        (End("10.1.0.2", "default", FRONTEND), 6379, True),
        (End("10.1.0.2", "third", FRONTEND), 6379, False),
        (End("10.1.0.2", "default", {"role": "x"}), 6379, False),
    ],
)
def test_ingress(source: End, port: int, passes: bool) -> None:
    assert NETWORK.allows(source, DATABASE, port) is passes


@pytest.mark.parametrize(
    ("target", "port", "passes"),
    [("10.0.0.9", 5978, True), ("10.0.0.9", 5979, False), ("10.0.1.9", 5978, False)],
)
def test_egress(target: str, port: int, passes: bool) -> None:
    assert NETWORK.allows(DATABASE, End(target), port) is passes


def test_protocol_counts() -> None:
    assert not NETWORK.allows(End("172.17.0.9"), DATABASE, 6379, "UDP")


def test_a_pod_that_no_policy_selects_is_open() -> None:
    assert NETWORK.allows(End("192.0.2.1"), End("10.1.0.3", "default", {"role": "web"}), 80)


def test_policies_add_up_and_an_empty_one_refuses() -> None:
    deny = {
        "metadata": {"namespace": "default"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"]},
    }
    network = Network([EXAMPLE, deny], NETWORK.namespaces)
    assert network.allows(End("172.17.0.9"), DATABASE, 6379)
    assert not network.allows(End("192.0.2.1"), End("10.1.0.3", "default", {}), 80)


def test_combined_selectors_are_both_needed() -> None:
    policy = yaml.safe_load("""
    metadata: {namespace: default}
    spec:
      podSelector: {}
      policyTypes: [Ingress]
      ingress:
        - from:
            - namespaceSelector: {matchLabels: {project: myproject}}
              podSelector: {matchExpressions: [{key: role, operator: In, values: [client, tool]}]}
    """)
    network = Network([policy], NETWORK.namespaces)
    assert network.allows(End("10.1.0.2", "other", {"role": "tool"}), DATABASE, 1)
    assert not network.allows(End("10.1.0.2", "other", {"role": "x"}), DATABASE, 1)
    assert not network.allows(End("10.1.0.2", "third", {"role": "tool"}), DATABASE, 1)

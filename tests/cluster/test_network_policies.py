"""The second wall on the deployed platform: which packets its NetworkPolicies let through."""

from __future__ import annotations

import pytest

from tests.cluster.checkout import Project, Run
from tests.cluster.linkerd.api import Api
from tests.cluster.linkerd.network import End, Network
from tests.support.catalogue import GATEWAY, NAMESPACE, SERVICES, STORES, declared, port

CLIENT, NODE_LOCAL = End("198.51.100.7"), End("169.254.20.10")
ELSEWHERE = End("10.244.0.8", "default", {"app.kubernetes.io/name": "frontend"})
DNS = End("10.244.0.3", "kube-system", {"k8s-app": "kube-dns"})
INBOUND_PROXY, ADMIN, TAP = 4143, 4191, 4190


@pytest.fixture(scope="module")
def network(deployed: tuple[Project, Run]) -> Network:
    api = Api.of(deployed)
    spaces = api.get("namespaces")["items"]
    return Network(
        policies=api.get("networkpolicies", "--all-namespaces")["items"],
        namespaces={s["metadata"]["name"]: s["metadata"]["labels"] for s in spaces},
    )


@pytest.fixture(scope="module")
def pods(deployed: tuple[Project, Run]) -> dict[str, End]:
    """The pods of each workload by its name, with the labels that they really get."""
    found = {}
    for kind, path in (("deployments,statefulsets", ()), ("cronjobs", ("jobTemplate", "spec"))):
        for workload in Api.of(deployed).items(kind, NAMESPACE):
            spec = workload["spec"]
            for key in path:
                spec = spec[key]
            labels = spec["template"]["metadata"]["labels"]
            found[workload["metadata"]["name"]] = End("10.244.0.5", NAMESPACE, labels)
    return found


@pytest.mark.parametrize("proxied", [False, True], ids=["port", "proxy's port"])
def test_exactly_the_declared_calls_pass(
    network: Network, pods: dict[str, End], proxied: bool
) -> None:
    callees = [*SERVICES, *STORES]
    found = {
        (caller, callee)
        for caller in pods
        for callee in callees
        if caller != "user-service-v2"
        and network.allows(pods[caller], pods[callee], INBOUND_PROXY if proxied else port(callee))
    }
    assert found == declared()


def test_canarys_pods_pass_as_their_service(network: Network, pods: dict[str, End]) -> None:
    new = pods["user-service-v2"]
    assert network.allows(pods[GATEWAY], new, 8080)
    assert network.allows(new, pods["user-db"], 5432)
    assert not network.allows(pods["frontend"], new, 8080)
    assert not network.allows(new, pods["redis"], 6379)


def test_clients_outside_reach_the_gateway_alone(network: Network, pods: dict[str, End]) -> None:
    for stranger in (CLIENT, ELSEWHERE):
        reached = [n for n in (*SERVICES, *STORES) if network.allows(stranger, pods[n], port(n))]
        assert reached == [GATEWAY]
        assert not network.allows(stranger, pods[GATEWAY], INBOUND_PROXY)


def test_every_proxy_has_what_it_needs(network: Network, pods: dict[str, End]) -> None:
    control_plane = End("10.244.0.4", "linkerd", {"linkerd.io/control-plane-component": "x"})
    viz = End("10.244.0.6", "linkerd-viz", {})
    collector = End("10.244.0.7", "linkerd-jaeger", {"component": "collector"})
    for pod in pods.values():
        assert all(network.allows(pod, control_plane, number) for number in (8080, 8086, 8090))
        assert all(network.allows(viz, pod, number) for number in (ADMIN, TAP))
        assert network.allows(pod, collector, 55678)
        for names in (DNS, NODE_LOCAL):
            assert network.allows(pod, names, 53, "UDP")
            assert network.allows(pod, names, 53, "TCP")
        assert not network.allows(ELSEWHERE, pod, ADMIN)


def test_nobody_gets_out_of_the_cluster(network: Network, pods: dict[str, End]) -> None:
    """The local stack calls no host outside: stripe-mock plays Stripe."""
    assert [name for name, pod in pods.items() if network.allows(pod, CLIENT, 443)] == []
    assert [name for name, pod in pods.items() if network.allows(pod, ELSEWHERE, 8080)] == []

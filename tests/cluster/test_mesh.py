"""The mesh by itself, on a cluster of its own: a production profile, and what a removal leaves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.cluster.checkout import Project
from tests.cluster.mesh_stack import MeshStack

GATEWAY_API = ".gateway.networking.k8s.io"
LINKERD = ".linkerd.io"
EXEMPT = "config.linkerd.io/admission-webhooks"


@dataclass(frozen=True)
class Bare:
    """A cluster without Gateway API, and the mesh's stack on it."""

    cluster: Project
    stack: MeshStack

    def crds(self, group: str) -> set[str]:
        found = self.cluster.get("customresourcedefinitions")["items"]
        return {one["metadata"]["name"] for one in found if one["metadata"]["name"].endswith(group)}

    def exemption(self) -> str | None:
        labels = self.cluster.get("namespace", "kube-system")["metadata"]["labels"]
        assert labels["kubernetes.io/metadata.name"] == "kube-system"
        assert labels["owner"] == "somebody"
        found: str | None = labels.get(EXEMPT)
        return found

    def policies(self) -> set[str]:
        kinds = "mutatingwebhookconfigurations,validatingwebhookconfigurations"
        return {
            webhook["failurePolicy"]
            for one in self.cluster.get(kinds)["items"]
            for webhook in one["webhooks"]
        }

    def replicas(self) -> dict[str, int]:
        found = self.cluster.get("deployments", "-n", "linkerd")["items"]
        return {one["metadata"]["name"]: one["status"].get("readyReplicas", 0) for one in found}


@pytest.fixture
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bare]:
    folder = tmp_path_factory.mktemp("mesh")
    cluster = Project.create(folder / "project")
    try:
        cluster.start_cluster()
        made = Bare(cluster, MeshStack(folder / "mesh", cluster))
        without_gateway_api(made)
        cluster.kubectl("label", "namespace", "kube-system", "owner=somebody")
        yield made
    finally:
        cluster.remove_cluster()


def without_gateway_api(bare: Bare) -> None:
    kinds = bare.crds(GATEWAY_API)
    bare.cluster.kubectl("delete", "customresourcedefinitions", "--wait=false", *kinds)
    deadline = time.monotonic() + 180
    while bare.crds(GATEWAY_API):
        assert time.monotonic() < deadline, "the CRDs of the Gateway API do not go"
        time.sleep(0.5)


def test_production_profile_and_what_a_removal_leaves(bare: Bare, tmp_path: Path) -> None:
    nodes_that_are_short(bare)
    installed_highly_available(bare)
    one_more_node(bare, tmp_path / "node.yaml")
    back_to_one_replica(bare)
    protected_crds_stay(bare)
    somebody_elses_crds_are_left_alone(bare)


def nodes_that_are_short(bare: Bare) -> None:
    node = bare.cluster.get("nodes")["items"][0]["metadata"]["name"]
    bare.cluster.kubectl("cordon", node)
    refused = bare.stack.up(highAvailability=True)
    bare.cluster.kubectl("uncordon", node)
    assert refused.code != 0
    assert "a cluster with 2 nodes that take pods" in refused.output
    assert not bare.crds(LINKERD)


def installed_highly_available(bare: Bare) -> None:
    done = bare.stack.up(highAvailability=True, crds="delete")
    assert done.code == 0, done.output[-5000:]
    names = ("linkerd-destination", "linkerd-identity", "linkerd-proxy-injector")
    assert bare.replicas() == dict.fromkeys(names, 3)
    assert len(bare.cluster.get("poddisruptionbudgets", "-n", "linkerd")["items"]) == 3
    assert bare.policies() == {"Fail"}
    assert bare.exemption() == "disabled"
    assert len(bare.crds(GATEWAY_API)) == 5
    earlier, later = (
        bare.cluster.get("customresourcedefinition", "httproutes" + GATEWAY_API),
        bare.cluster.get("deployment", "linkerd-destination", "-n", "linkerd"),
    )
    times = [one["metadata"]["creationTimestamp"] for one in (earlier, later)]
    assert times == sorted(times)
    again = bare.stack.up("--expect-no-changes", highAvailability=True, crds="delete")
    assert again.code == 0, again.output[-5000:]


def one_more_node(bare: Bare, file: Path) -> None:
    """A place for a pod that old pods' anti-affinity keeps away from their nodes.

    When such a pod is gone, the scheduler asks only whether the waiting one has an anti-affinity
    itself, and lets it wait for five minutes (1.35: interpodaffinity, isSchedulableAfterPodChange).
    """
    labels = bare.cluster.get("node", "node-1")["metadata"]["labels"]
    labels = {**labels, "kubernetes.io/hostname": "node-4"}
    metadata = {"name": "node-4", "labels": labels}
    file.write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Node", "metadata": metadata}))
    bare.cluster.kubectl("create", "-f", str(file))
    bare.cluster.kubectl("wait", "--for=condition=Ready", "node/node-4", "--timeout=30s")


def back_to_one_replica(bare: Bare) -> None:
    done = bare.stack.up(crds="protect")
    assert done.code == 0, done.output[-5000:]
    assert set(bare.replicas().values()) == {1}
    assert bare.policies() == {"Ignore"}
    assert bare.exemption() is None


def protected_crds_stay(bare: Bare) -> None:
    before, deployed = bare.crds(""), bare.stack.names()
    refused = bare.stack.destroy()
    assert refused.code != 0
    assert "protected" in refused.output
    assert bare.crds("") == before
    assert bare.stack.names() == deployed
    assert set(bare.replicas().values()) == {1}
    assert bare.stack.up(crds="retain").code == 0
    removed = bare.stack.destroy()
    assert removed.code == 0, removed.output[-5000:]
    assert bare.stack.names() == []
    assert bare.crds("") == before
    assert "namespace/linkerd" not in bare.cluster.kubectl("get", "namespaces", "-o", "name")


def somebody_elses_crds_are_left_alone(bare: Bare) -> None:
    name = "httproutes" + GATEWAY_API
    bare.cluster.kubectl("delete", "customresourcedefinition", name)
    bare.cluster.kubectl(
        "create", "-f", str(bare.stack.gateway_api / f"{GATEWAY_API[1:]}_httproutes.yaml")
    )
    refused = bare.stack.up(crds="delete")
    assert refused.code != 0
    assert "CRDs in the cluster that somebody else installed (Gateway API 1.2.1)" in refused.output
    charts = {"directory": "charts"}
    done = bare.stack.up(crds="delete", gatewayApi="external", charts=charts)
    assert done.code == 0, done.output[-5000:]
    assert set(bare.replicas().values()) == {1}
    assert bare.stack.destroy().code == 0
    assert not bare.crds(LINKERD)
    assert len(bare.crds(GATEWAY_API)) == 5

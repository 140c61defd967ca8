"""``make canary-status`` by way of a real API server and the port of a pod, as KWOK forwards it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cluster.checkout import Project
from tests.unit.deploy.prometheus_server import Server, serving, traffic

NAMESPACE = "linkerd-viz"
POD = "prometheus-0"
STAGES = "tools/cluster/manifests/stages.yaml"


def forwarding(port: int) -> dict[str, Any]:
    """KWOK's word for the kubelet: the pod's port 9090 is this one of the loopback address.

    Source: https://kwok.sigs.k8s.io/docs/user/port-forward-configuration/
    """
    target = {"port": port, "address": "127.0.0.1"}
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "ClusterPortForward",
        "metadata": {"name": "prometheus"},
        "spec": {
            "selector": {"matchNamespaces": [NAMESPACE]},
            "forwards": [{"ports": [9090], "target": target}],
        },
    }


@pytest.fixture(scope="module")
def prometheus() -> Iterator[Server]:
    deployments = {"user_service": (9000.0, 0.0), "user_service_v2": (962.0, 38.0)}
    with serving(traffic(**deployments)) as server:
        yield server


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, prometheus: Server) -> Iterator[Project]:
    """A cluster of its own, with nothing but a pod that goes by the name of viz's Prometheus."""
    project = Project.create(tmp_path_factory.mktemp("status") / "project")
    with (project.root / STAGES).open("a") as stages:
        stages.write(f"---\n{yaml.safe_dump(forwarding(prometheus.port))}")
    config = yaml.safe_load((project.root / "Pulumi.local.yaml").read_text())["config"]
    project.configure(linkerd={**config["linkerd-platform:linkerd"], "unsupported": "error"})
    try:
        project.start_cluster()
        _pod(project, project.root / "pod.json")
        yield project
    finally:
        project.remove_cluster()


def _pod(project: Project, file: Path) -> None:
    labels = {"linkerd.io/extension": "viz", "component": "prometheus"}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": POD, "namespace": NAMESPACE, "labels": labels},
        "spec": {"containers": [{"name": "prometheus", "image": "prom/prometheus:v2.48.1"}]},
    }
    file.write_text(json.dumps(pod))
    project.kubectl("create", "namespace", NAMESPACE)
    project.kubectl("wait", "--for=create", "serviceaccount/default", "-n", NAMESPACE)
    project.kubectl("create", "-f", str(file))
    project.kubectl("wait", "--for=condition=Ready", f"pod/{POD}", "-n", NAMESPACE)


def test_the_numbers_come_through_the_api_server(project: Project, prometheus: Server) -> None:
    run = project.deploy("canary-status")
    assert run.code == 4, run.output
    rows = [[c.strip() for c in line.split("│")[1:-1]] for line in run.output.splitlines()]
    stable, new = (row for row in rows if len(row) > 1 and row[1].startswith("user-service"))
    assert stable[3:8] == ["9000", "90.0 %", "100.00 %", "12 ms", "12 ms"]
    assert new[3:6] == ["1000", "10.0 %", "96.20 %"]
    assert new[-1] == "failing: 96.2 % < 99 %"
    assert len(prometheus.queries) == 2  # one for each version


def test_a_raise_is_refused_by_the_same_numbers(project: Project) -> None:
    before = (project.root / "Pulumi.local.yaml").read_text()
    run = project.deploy("canary", "--service", "user-service", "--weight", "25")
    assert run.code == 1
    assert "user-service: failing: 96.2 % < 99 %" in run.output
    assert (project.root / "Pulumi.local.yaml").read_text() == before

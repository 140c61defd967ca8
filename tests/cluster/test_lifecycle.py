"""A run that is killed, one that continues, a removal that leaves nothing, and a second life."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from components.cluster.connection import connected
from components.config.stack.settings import Cluster
from tests.cluster.checkout import SECONDS, Project
from tests.support.catalogue import expected

UNLISTED = ("events", "events.events.k8s.io")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project.create(tmp_path_factory.mktemp("lifecycle") / "project")
    try:
        project.start_cluster()
        yield project
    finally:
        project.remove_cluster()


def objects(project: Project) -> set[str]:
    """The name of every object that the API server has."""
    listed = project.kubectl("api-resources", "--verbs=list", "-o", "name").split()
    kinds = ",".join(kind for kind in listed if kind not in UNLISTED)
    return set(project.kubectl("get", kinds, "-A", "-o", "name").split())


def names(project: Project) -> set[str]:
    return {one["metadata"]["name"] for one in project.items("deployments")}


def test_a_mesh_of_somebody_else_is_refused_before_any_change(project: Project) -> None:
    project.kubectl("create", "namespace", "linkerd")
    before = objects(project)
    try:
        refused = project.deploy("up")
        assert objects(project) == before
    finally:
        project.kubectl("delete", "namespace", "linkerd")
    assert refused.code == 1
    assert 'the namespace "linkerd" in the cluster, which somebody else made' in refused.output
    assert "nothing was changed" in refused.output


def test_killed_then_continued_then_removed_then_installed_again(project: Project) -> None:
    before = objects(project)
    kill_when(project, has_helm_notes)
    # The services' namespace without a service is no interrupted removal.
    kill_when(project, lambda api: phase(api, project.namespace) == "Active")
    kill_when(project, lambda api: count_deployments(api) >= 12)
    no_policy_pack_is_left(project)
    what_was_begun_is_in_the_state(project)

    continued = project.deploy("up")
    assert continued.code == 0, continued.output[-5000:]
    assert names(project) == expected("local").deployments.keys()

    kill_when(project, lambda api: phase(api, project.namespace) == "Terminating", command="down")
    refused = project.deploy("up")
    assert refused.code == 1
    assert "Run `make down` again" in refused.output
    removed = project.deploy("down")
    assert removed.code == 0, removed.output[-5000:]
    assert objects(project) == before
    removed_one_after_the_other(project.engine_output("destroy"))

    again = project.deploy("down")
    assert again.code == 0, again.output[-5000:]
    status = project.deploy("status")
    assert status.code == 1
    assert "Nothing is deployed" in status.output

    second = project.deploy("up")
    assert second.code == 0, second.output[-5000:]
    assert names(project) == expected("local").deployments.keys()
    assert len(objects(project)) > len(before)


def what_was_begun_is_in_the_state(project: Project) -> None:
    """The next run finds every object that it would otherwise have to create a second time."""
    begun = [entry["resource"] for entry in state(project).get("pending_operations") or ()]
    there = {one["urn"] for one in begun if exists(project, one.get("inputs") or {})}
    said = project.script(RECOVER).passed()
    assert "An earlier run was killed. Removing its lock." in said
    settled = state(project)
    assert not settled.get("pending_operations")
    assert there <= {one["urn"] for one in settled["resources"]}


RECOVER = """
from commands.deploy import pending, session, stack
pending.settle(session.start(stack.find("local")))
"""


def state(project: Project) -> dict[str, Any]:
    """The stack's state as the backend has it."""
    (file,) = project.root.glob(".local/state/.pulumi/stacks/**/local.json")
    found: dict[str, Any] = json.loads(file.read_text())["checkpoint"]["latest"]
    return found


def exists(project: Project, inputs: dict[str, Any]) -> bool:
    """Whether the cluster has the object with these inputs of a resource."""
    if not inputs.get("kind"):
        return False
    group, _, version = inputs["apiVersion"].rpartition("/")
    metadata = inputs["metadata"]
    where = ("-n", metadata["namespace"]) if metadata.get("namespace") else ()
    kind = f"{inputs['kind']}.{version}.{group}"
    named = ("get", kind, metadata["name"], "--ignore-not-found", "-o", "name", *where)
    return bool(project.kubectl(*named))


def no_policy_pack_is_left(project: Project) -> None:
    """The pack's process ends by itself when its engine was killed."""
    deadline = time.monotonic() + 30
    while left := [process for process in Path("/proc").glob("[0-9]*") if serves(process, project)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.5)


def serves(process: Path, project: Project) -> bool:
    """Whether it is a pack of the project."""
    try:
        return (process / "cwd").readlink() == project.root / "policy"
    except OSError:  # it has just ended, or is another user's
        return False


def removed_one_after_the_other(output: str) -> None:
    """Viz with its APIService goes while the mesh still runs, and the CRDs go last."""
    charts = ("linkerd-viz", "linkerd-control-plane", "linkerd-crds")
    begun = [output.index(f"Release {chart} deleting") for chart in charts]
    gone = [output.index(f"Release {chart} deleted") for chart in charts]
    assert gone[0] < begun[1]
    assert gone[1] < begun[2]


def has_helm_notes(api: Any) -> bool:
    """Whether Helm has begun to install a chart."""
    core = client.CoreV1Api(api)
    return bool(core.list_secret_for_all_namespaces(label_selector="owner=helm").items)


def count_deployments(api: Any) -> int:
    """How many there are in all namespaces."""
    return len(client.AppsV1Api(api).list_deployment_for_all_namespaces().items)


def phase(api: Any, namespace: str) -> str:
    """The phase of the namespace; empty where it is gone."""
    found = client.CoreV1Api(api).list_namespace(field_selector=f"metadata.name={namespace}").items
    return str(found[0].status.phase) if found else ""


def kill_when(project: Project, reached: Callable[[Any], bool], command: str = "up") -> None:
    """Start a run and kill it, engine and all, as soon as it is so far.

    The engine writes its state at each step, as it does for users. ``reached`` gets a client of the
    cluster: kubectl, started ten times a second, would slow the run down.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PULUMI_SKIP_CHECKPOINTS")
        process = project.start("commands", command)
    deadline = time.monotonic() + SECONDS
    with connected(Cluster(kubeconfig=str(project.kubeconfig))) as api:
        while not reached(api):
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline, f"`{command}` does not get that far"
            time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

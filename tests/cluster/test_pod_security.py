"""Pod Security ``restricted``, enforced by the real API server on every pod of the platform.

Linkerd's real injector adds its containers before the API server judges: without the CNI plugin
its init container needs what only ``privileged`` allows, with the plugin all is ``restricted``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.checkout import Project, Run
from tests.cluster.linkerd import pods, webhooks
from tests.cluster.linkerd.api import Answer, Api, Manifest
from tests.support.catalogue import expected

PLATFORM = "microservices"
KINDS = "deployments,statefulsets,cronjobs"


def namespace(name: str, **annotations: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
            "annotations": {f"linkerd.io/{key}": value for key, value in annotations.items()},
        },
    }


@pytest.fixture(scope="module")
def api(deployed: tuple[Project, Run]) -> Iterator[Api]:
    """The API server with two namespaces that enforce, one of them in the mesh."""
    api = Api.of(deployed)
    spaces = [namespace("enforced"), namespace("enforced-meshed", inject="enabled")]
    for space in spaces:
        api.create(space)
    yield api
    for space in spaces:
        api.delete(space)


def offered(api: Api, space: str) -> dict[str, Answer]:
    """What the API server says to a pod of each workload, in the given namespace."""
    answers = {}
    for workload in api.items(KINDS, PLATFORM):
        pod: dict[str, Any] = pods.of_workload(workload)
        pod["metadata"]["namespace"] = space
        pod["spec"].pop("serviceAccountName")
        pod["spec"].pop("serviceAccount", None)
        answers[workload["metadata"]["name"]] = api.try_create(pod)
    assert answers.keys() == expected("local").workloads
    return answers


def test_every_pod_is_accepted(api: Api) -> None:
    refused = {name: a.error for name, a in offered(api, "enforced").items() if a.stored is None}
    assert refused == {}


def test_the_namespace_says_what_it_enforces(api: Api) -> None:
    labels = api.get("namespace", PLATFORM)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "privileged"
    assert labels["pod-security.kubernetes.io/warn"] == "restricted"


@pytest.mark.parametrize("cni", [False, True], ids=["init container", "CNI plugin"])
def test_injected_pods_are_accepted_where_the_plugin_is(
    api: Api, tmp_path: Path, cni: bool
) -> None:
    probe = pods.bare("default")
    with webhooks.serving(webhooks.PROXY_INJECTOR, api, tmp_path, probe, cni=cni):
        answers = offered(api, "enforced-meshed")
    if cni:
        assert {name: a.error for name, a in answers.items() if a.stored is None} == {}
        for answer in answers.values():
            assert pods.PROXY in pods.names(answer.object, "containers")
    else:
        assert {name for name, a in answers.items() if a.stored is not None} == set()
        for answer in answers.values():
            assert 'violates PodSecurity "restricted' in answer.error
            assert "NET_ADMIN" in answer.error

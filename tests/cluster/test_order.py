"""The order in which the mesh and what needs it come and go, told from state and live objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from tests.cluster.checkout import Project

RELEASE = "kubernetes:helm.sh/v3:Release"
NAMESPACE = "kubernetes:core/v1:Namespace"


class Order:
    """What the engine waits for before it makes a resource; a removal goes the other way."""

    def __init__(self, resources: Sequence[Mapping[str, Any]]) -> None:
        self.resources: dict[str, Mapping[str, Any]] = {one["urn"]: one for one in resources}

    def urn(self, kind: str, name: str) -> str:
        (found,) = (
            urn
            for urn, one in self.resources.items()
            if one["type"] == kind and urn.endswith(f"::{name}")
        )
        return found

    def before(self, urn: str) -> set[str]:
        """Everything that is ready before this is begun."""
        seen: set[str] = set()
        queue = [urn]
        while queue:
            for needed in self._needed(self.resources[queue.pop()]):
                if needed not in seen:
                    seen.add(needed)
                    queue.append(needed)
        return seen

    def _needed(self, resource: Mapping[str, Any]) -> Iterator[str]:
        # A resource waits for its parent, and so for whatever the component depends on.
        if "parent" in resource:
            yield resource["parent"]
        yield from resource.get("dependencies", ())
        for names in (resource.get("propertyDependencies") or {}).values():
            yield from names or ()


@pytest.fixture
def order(platform: Project) -> Order:
    (file,) = (platform.root / ".local/state").rglob("stacks/*/local.json")
    return Order(json.loads(file.read_text())["checkpoint"]["latest"]["resources"])


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("linkerd-crds", "linkerd-control-plane"),
        ("linkerd-control-plane", "linkerd-viz"),
        ("linkerd-control-plane", "linkerd-jaeger"),
    ],
)
def test_charts_come_after_what_they_need(order: Order, earlier: str, later: str) -> None:
    assert order.urn(RELEASE, earlier) in order.before(order.urn(RELEASE, later))


@pytest.mark.parametrize("chart", ["linkerd-viz", "linkerd-jaeger"])
def test_an_extension_is_removed_before_its_namespace(order: Order, chart: str) -> None:
    # Its pods still serve the APIService of tap then; a dead one would block the namespace.
    assert order.urn(NAMESPACE, chart) in order.before(order.urn(RELEASE, chart))


def test_no_workload_comes_before_the_whole_mesh(platform: Project, order: Order) -> None:
    mesh = {
        order.urn(RELEASE, chart)
        for chart in ("linkerd-crds", "linkerd-control-plane", "linkerd-viz", "linkerd-jaeger")
    }
    workloads = [
        urn
        for urn, one in order.resources.items()
        if one["type"] in ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet")
    ]
    assert len(workloads) == len(platform.items("deployments,statefulsets"))
    for urn in workloads:
        assert mesh < order.before(urn)


def test_no_pod_was_admitted_before_the_injector_was_ready(platform: Project) -> None:
    injector = platform.get("deployment", "linkerd-proxy-injector", "-n", "linkerd")
    (ready,) = (
        one["lastTransitionTime"]
        for one in injector["status"]["conditions"]
        if one["type"] == "Available" and one["status"] == "True"
    )
    pods = [pod["metadata"]["creationTimestamp"] for pod in platform.items("pods")]
    assert len(pods) > 20
    assert min(pods) >= ready

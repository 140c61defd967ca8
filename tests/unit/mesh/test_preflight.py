"""What a cluster must have for the mesh, decided by what its API server answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from components.cluster import checks, connection
from components.cluster.facts import ClusterContext, Facts, GatewayCrds
from components.config.stack.settings import Settings
from components.findings import Finding

OURS = GatewayCrds(version=(1, 2, 1), owner="pulumi")


def found(facts: Facts, **linkerd: Any) -> list[Finding]:
    settings = Settings.model_validate({"linkerd": linkerd, "pods": {"preStopSeconds": 0}})
    context = ClusterContext(settings=settings, facts=facts)
    return [finding for rule in checks.RULES for finding in rule(context)]


def facts(version: tuple[int, int] = (1, 33), **others: Any) -> Facts:
    return Facts(version=version, **{"nodes": 3, **others})


@pytest.mark.parametrize(
    ("linkerd", "answered"),
    [
        ({}, facts()),
        ({}, facts(gateway_api=OURS)),
        ({"highAvailability": True}, facts()),
        ({"nativeSidecar": True}, facts()),
        ({"gatewayApi": "external"}, facts(gateway_api=GatewayCrds(version=(1, 5, 1)))),
        ({"gatewayApi": "external"}, facts(gateway_api=GatewayCrds(version=None))),
        ({"gatewayApi": "off"}, facts()),
        (
            {"release": "2.14"},
            facts((1, 28), gateway_api=GatewayCrds(version=(0, 7, 1), owner="helm:linkerd-crds")),
        ),
    ],
)
def test_a_cluster_that_fits(linkerd: dict[str, Any], answered: Facts) -> None:
    assert found(answered, **linkerd) == []


@pytest.mark.parametrize(
    ("linkerd", "answered", "path", "words"),
    [
        ({}, facts((1, 30)), "release", '"2.20" on Kubernetes 1.30'),
        ({"highAvailability": True}, facts(nodes=2), "highAvailability", "with 2 nodes"),
        (
            {"release": "2.18", "nativeSidecar": True},
            facts((1, 28)),
            "nativeSidecar",
            "true on Kubernetes 1.28",
        ),
        ({}, facts(gateway_api=GatewayCrds(version=(1, 2, 1))), "gatewayApi", "somebody else"),
        (
            {"release": "2.18"},
            facts((1, 28), gateway_api=GatewayCrds(version=(0, 7, 1), owner="helm:linkerd-crds")),
            "gatewayApi",
            "the Helm release linkerd-crds installed (Gateway API 0.7.1)",
        ),
        ({"release": "2.14"}, facts((1, 28), gateway_api=OURS), "gatewayApi", "pulumi installed"),
        ({"gatewayApi": "external"}, facts(), "gatewayApi", "has no such CRDs"),
        (
            {"gatewayApi": "external"},
            facts(gateway_api=GatewayCrds(version=(1, 1, 1))),
            "gatewayApi",
            "the cluster has Gateway API 1.1.1",
        ),
    ],
)
def test_a_cluster_that_does_not_fit(
    linkerd: dict[str, Any], answered: Facts, path: str, words: str
) -> None:
    (finding,) = found(answered, **linkerd)
    assert finding.path == f"linkerd.{path}"
    assert words in finding.found


def test_every_misfit_is_found_at_once() -> None:
    answered = facts((1, 30), nodes=1, gateway_api=GatewayCrds(version=None))
    assert len(found(answered, highAvailability=True)) == 3


def _node(*, ready: str = "True", closed: bool = False, effect: str | None = None) -> Any:
    taints = [SimpleNamespace(effect=effect)] if effect else None
    conditions = [SimpleNamespace(type="Ready", status=ready)]
    return SimpleNamespace(
        spec=SimpleNamespace(unschedulable=closed, taints=taints),
        status=SimpleNamespace(conditions=conditions),
    )


@pytest.mark.parametrize(
    ("node", "takes"),
    [
        (_node(), True),
        (_node(effect="PreferNoSchedule"), True),
        (_node(effect="NoSchedule"), False),
        (_node(closed=True), False),
        (_node(ready="Unknown"), False),
    ],
)
def test_a_node_that_takes_pods(node: Any, takes: bool) -> None:
    assert connection.takes_pods(node) is takes

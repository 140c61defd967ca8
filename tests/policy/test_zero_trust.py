"""The pack and the program agree: what the program writes in each mode, and what the pack says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.policy.own_program import judged
from tests.support.access import narrowed
from tests.unit.components import program

pytestmark = pytest.mark.slow

CONTROLLER = {"serviceAccount": "ingress-nginx", "namespace": "ingress"}
INGRESS = {
    "kind": "ingress",
    "host": "shop.example.com",
    "className": "nginx",
    "controller": CONTROLLER,
}


def run(policy: str, **changes: Any) -> program.Outcome:
    linkerd = {"release": "2.20", "defaultInboundPolicy": policy}
    return program.once("dev", kubernetes=(1, 33), linkerd=linkerd, **changes)


@pytest.mark.parametrize("policy", ["all-authenticated", "cluster-authenticated", "deny"])
def test_strict_modes_pass(policy: str) -> None:
    assert judged(run(policy)) == {}


def test_an_ingress_passes() -> None:
    assert judged(run("deny", gateway=INGRESS)) == {}


def test_routes_with_callers_and_their_probes_pass(tmp_path: Path) -> None:
    assert judged(narrowed(tmp_path)) == {}


def test_the_boutique_with_its_narrowed_route_passes() -> None:
    outcome = run(
        "deny",
        catalogue="examples/online-boutique/services.yaml",
        canaries={},
        standIns=[],
        secrets={},
    )
    assert "shippingservice.post-hipstershop-shippingservice-shiporder" in {
        one.inputs["metadata"]["name"] for one in outcome.registered if "kind" in one.inputs
    }
    assert judged(outcome) == {}


def test_an_audit_is_refused_where_it_lets_clients_in() -> None:
    assert {
        "linkerd-namespace-strict-mtls",
        "linkerd-workload-strict-mtls",
        "linkerd-authorization-strict-mtls",
        "linkerd-gateway-limit",
    } <= judged(run("audit")).keys()

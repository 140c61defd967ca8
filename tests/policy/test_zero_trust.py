"""The pack and the program agree: what the program writes in each mode, and what the pack says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import analyzer_pb2

from tests.policy.support import Pack
from tests.unit.components import program
from tests.unit.components.test_access import narrowed

CONTROLLER = {"serviceAccount": "ingress-nginx", "namespace": "ingress"}
INGRESS = {
    "kind": "ingress",
    "host": "shop.example.com",
    "className": "nginx",
    "controller": CONTROLLER,
}


def refused(outcome: program.Outcome) -> set[str]:
    """The rules that a stack of these resources violates."""
    pack, found = Pack(), []
    kubernetes = [one for one in outcome.registered if one.type.startswith("kubernetes:")]
    for one in kubernetes:
        found += pack.resource(one.inputs, one.type).diagnostics
    objects = [one.inputs for one in kubernetes if "kind" in one.inputs]
    assert len(objects) > 30
    found += pack.stack(objects).diagnostics
    return {d.policyName for d in found if d.enforcementLevel == analyzer_pb2.MANDATORY}


def run(policy: str, **changes: Any) -> program.Outcome:
    linkerd = {"release": "2.20", "defaultInboundPolicy": policy}
    return program.once("dev", kubernetes=(1, 33), linkerd=linkerd, **changes)


@pytest.mark.parametrize("policy", ["all-authenticated", "cluster-authenticated", "deny"])
def test_strict_modes_pass(policy: str) -> None:
    assert refused(run(policy)) == set()


def test_an_ingress_passes() -> None:
    assert refused(run("deny", gateway=INGRESS)) == set()


def test_routes_with_callers_and_their_probes_pass(tmp_path: Path) -> None:
    assert refused(narrowed(tmp_path)) == set()


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
    assert refused(outcome) == set()


def test_an_audit_is_refused_where_it_lets_clients_in() -> None:
    assert {
        "linkerd-namespace-strict-mtls",
        "linkerd-workload-strict-mtls",
        "linkerd-authorization-strict-mtls",
        "linkerd-gateway-limit",
    } <= refused(run("audit"))

"""What this program deploys, as its mocks record it, passes every rule of the pack."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policy.own_program import judged
from tests.policy.support import Config
from tests.unit.components import program

pytestmark = pytest.mark.slow

VERSIONS = {"local": (1, 35), "dev": (1, 33), "staging": (1, 33), "prod": (1, 33)}
STRICTEST: Config = {
    "linkerd-workload-replicas": {"minimumReplicas": 2},
    "linkerd-workload-resources": {
        "required": ["requests.cpu", "requests.memory", "limits.memory"]
    },
}


@pytest.mark.parametrize("stack", VERSIONS)
def test_every_stack_passes(stack: str) -> None:
    assert judged(program.run(stack, kubernetes=VERSIONS[stack])) == {}


def test_production_passes_the_strictest_configuration() -> None:
    assert judged(program.run("prod", kubernetes=VERSIONS["prod"]), STRICTEST) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"load": {"rate": 6}},
        {
            "catalogue": "examples/online-boutique/services.yaml",
            "secrets": {},
            "canaries": {},
            "standIns": [],
        },
    ],
    ids=["load generator", "online boutique"],
)
def test_other_configurations_pass(changes: dict[str, Any]) -> None:
    assert judged(program.run("local", **changes)) == {}


@pytest.mark.parametrize("service", ["notification-service", "auth-service"])
def test_what_flagger_copies_passes(service: str) -> None:
    """Services and budgets that select the primary's pods, which are not in the stack."""
    outcome = program.run(
        "dev",
        kubernetes=VERSIONS["dev"],
        linkerd={**program.config_of("dev")["linkerd-platform:linkerd"], "flagger": "external"},
        canaries={service: {"mode": "automated"}},
    )
    assert judged(outcome) == {}


def test_the_harness_finds_what_is_wrong() -> None:
    outcome = program.run("local")
    (deployment,) = [
        r.inputs
        for r in outcome.registered
        if r.type.endswith(":Deployment") and r.name == "auth-service"
    ]
    deployment["spec"]["template"]["spec"]["hostNetwork"] = True
    assert judged(outcome) == {"linkerd-workload-pod-security": 1, "linkerd-exposure": 1}

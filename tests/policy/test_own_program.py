"""What this program deploys, as its mocks record it, passes every rule of the pack."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from linkerd_policies import x509_checks
from tests.policy.support import Config, Pack
from tests.unit.components import program
from tests.unit.mesh.authority import NOW, make

VERSIONS = {"local": (1, 35), "dev": (1, 33), "staging": (1, 33), "prod": (1, 33)}
STRICTEST: Config = {
    "linkerd-workload-replicas": {"minimumReplicas": 2},
    "linkerd-workload-resources": {
        "required": ["requests.cpu", "requests.memory", "limits.memory"]
    },
}


ROOT = make()
ISSUER = make("issuer", by=ROOT)


@pytest.fixture(autouse=True)
def _at_the_authority_s_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(x509_checks, "utc_now", lambda: NOW)


def _certified(found: program.Registered) -> dict[str, Any]:
    """The inputs, with real certificates in place of the ones of the mocks."""
    if found.name == "linkerd-control-plane":
        values = found.inputs["values"]
        assert values["identityTrustAnchorsPEM"] == "generated-certificate"
        values["identityTrustAnchorsPEM"] = ROOT.pem
        values["identity"]["issuer"]["tls"]["crtPEM"] = ISSUER.pem
    return found.inputs


def judged(outcome: program.Outcome, config: Config | None = None) -> Counter[str]:
    """How often each rule has something to say, notes included."""
    found = [r for r in outcome.registered if r.type.startswith("kubernetes:")]
    pack, inputs = Pack(config), [_certified(r) for r in found]
    types = [r.type for r in found]
    answers = [pack.resource(*one) for one in zip(inputs, types, strict=True)]
    answers.append(pack.stack(inputs, types))
    for answer in answers:
        for one in answer.diagnostics:
            print(one.message)
    return Counter(one.policyName for answer in answers for one in answer.diagnostics)


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


def test_the_harness_finds_what_is_wrong() -> None:
    outcome = program.run("local")
    (deployment,) = [
        r.inputs
        for r in outcome.registered
        if r.type.endswith(":Deployment") and r.name == "auth-service"
    ]
    deployment["spec"]["template"]["spec"]["hostNetwork"] = True
    assert judged(outcome) == {"linkerd-workload-pod-security": 1}

"""The pack holds on this project's own programs, as Pulumi's mocks register them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.policy.support import Manifest, Pack
from tests.unit.components import program

ELSEWHERE: dict[str, Any] = {
    "catalogue": "examples/online-boutique/services.yaml",
    "canaries": {},
    "standIns": [],
    "secrets": {},
}


def _manifests(stack: str, changes: dict[str, Any]) -> list[Manifest]:
    found = program.run(stack, kubernetes=(1, 33), **changes).registered
    manifests = [r.inputs for r in found if r.type.startswith("kubernetes:")]
    return [manifest for manifest in manifests if "apiVersion" in manifest]


@pytest.mark.parametrize(
    ("stack", "changes"),
    [("local", {}), ("local", ELSEWHERE), ("dev", {}), ("staging", {}), ("prod", {})],
    ids=["local", "online-boutique", "dev", "staging", "prod"],
)
def test_no_rule_has_anything_to_say(stack: str, changes: dict[str, Any]) -> None:
    manifests = _manifests(stack, changes)
    kinds = {manifest["kind"] for manifest in manifests}
    assert {"Namespace", "Deployment", "Service", "ServiceProfile"} <= kinds
    assert [(d.policyName, d.message) for d in Pack().diagnostics(*manifests)] == []

"""How the platform's objects are deleted."""

from __future__ import annotations

import pytest

from components.resources import deletion
from tests.unit.components import program

POLICY = "pulumi.com/deletionPropagationPolicy"


@pytest.mark.slow
def test_only_what_owns_others_is_waited_for() -> None:
    policies: dict[str, set[str | None]] = {}
    for found in program.once("local").registered:
        if found.type.startswith("kubernetes:") and (metadata := found.inputs.get("metadata")):
            policy = (metadata.get("annotations") or {}).get(POLICY)
            policies.setdefault(found.type, set()).add(policy)
    waited_for = {kind for kind, found in policies.items() if found == {None}}
    assert waited_for == policies.keys() & deletion.OWNERS
    assert len(waited_for) == 5
    assert {kind for kind, found in policies.items() if found == {"background"}} == (
        policies.keys() - deletion.OWNERS
    )

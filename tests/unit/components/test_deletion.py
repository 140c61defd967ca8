"""How the platform's objects are deleted."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest
from pulumi.runtime import mocks

from commands.render.program import Previewed
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


def outputs(value: Any) -> Any:
    return pulumi.Output.from_input(value)


MINE = {"example.com/mine": "x"}


@pytest.mark.parametrize(
    "metadata",
    [
        lambda: k8s.meta.v1.ObjectMetaArgs(name="a", annotations=MINE),
        lambda: k8s.meta.v1.ObjectMetaArgs(name="a", annotations=outputs(MINE)),
        lambda: {"name": "a", "annotations": MINE},
        lambda: {"name": "a", "annotations": outputs(MINE)},
        lambda: outputs({"name": "a", "annotations": MINE}),
    ],
    ids=["typed", "typed, output", "mapping", "mapping, output", "output"],
)
def test_metadata_of_every_form_is_transformed(metadata: Any) -> None:
    seen: list[dict[str, Any]] = []

    class Recorder(Previewed):
        def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
            seen.append(args.inputs["metadata"])
            return "id", args.inputs

    def program() -> pulumi.Output[str]:
        options = pulumi.ResourceOptions(transformations=[deletion.at_once])
        return k8s.core.v1.ConfigMap("a", metadata=metadata(), opts=options).urn

    mocks.set_mocks(Recorder(), project="linkerd-platform", stack="dev", preview=False)
    run: Any = pulumi.runtime.test
    run(program)()
    assert seen == [{"name": "a", "annotations": {**MINE, POLICY: "background"}}]

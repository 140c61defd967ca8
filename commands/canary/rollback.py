"""``make rollback``: take a new version's requests away, at once.

Only the service's TrafficSplit or routes change, as the stack's state has them. Nothing that is
wrong or unfinished elsewhere can stand in the way: the catalogue, other settings, the charts'
repository, nodes, other canaries. The policy pack is not asked either: every object passed it when
it was deployed, and a weight of 0 breaks no rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from commands.canary import change, shares, versions
from commands.deploy import guards, session, targeted, yaml_files
from commands.deploy.engine import Engine
from commands.deploy.stack import Stack
from components.plan.weights import weights

NONE = weights(Decimal(0))
WEIGHTS = "canaryWeights"


def run(stack: Stack, *, service: str) -> int:
    """Give the new version no requests. Returns the exit code. Nobody is asked: it is urgent."""
    change.refuse_unnamed("rollback", service)
    engine = session.prepared(stack)
    state = engine.state()
    resources = state.get("resources") or []
    found = shares.of_service(resources, service)
    if not found:
        # Weights of Flagger's are not in the state. Those in the state are ours, whatever the
        # file says by now.
        change.refuse_automated("rollback", stack, service)
        versions.second(stack, service)
        _write(stack, service)
        print(f"No canary of {service} is deployed, so its new version gets no requests.")
        return 0
    _same_cluster(engine, resources)
    _write(stack, service)
    changed = {urn: shares.changed(inputs, service, NONE) for urn, inputs in found.items()}
    outputs = _outputs(resources)
    outputs[WEIGHTS] = {**outputs.get(WEIGHTS, {}), service: 0.0}
    code, why = targeted.run(engine, resources, changed, outputs)
    if code:
        session.advise(why)
        session.advise(_failed(engine, service))
        return code
    print(f"{service} sends 0 % of its requests to the new version. Nothing else was changed.")
    return 0


def _same_cluster(engine: Engine, resources: list[Mapping[str, Any]]) -> None:
    """Refuse another cluster than the one that the objects are in."""
    wanted = engine.stack.cluster()
    if engine.stack.is_local or not wanted.check:
        return
    inputs = targeted.provider(resources, "pulumi:providers:kubernetes")
    found = {key: inputs.get(key) for key in ("kubeconfig", "context")}
    cluster = wanted.model_copy(update=found)
    guards.is_known(engine.stack, cluster, _outputs(resources).get("clusterUid") or wanted.uid)


def _outputs(resources: list[Mapping[str, Any]]) -> dict[str, Any]:
    return next((dict(one["outputs"]) for one in resources if targeted.is_stack(one)), {})


def _write(stack: Stack, service: str) -> None:
    """Set the weight in the stack's file to 0, where it has one.

    A file that cannot be written does not stop a rollback.
    """
    try:
        with yaml_files.edited(stack.file) as document:
            entry = change.written(document, service)
            if entry is not None and "weight" in entry:
                entry["weight"] = 0
    except OSError as error:
        session.advise(
            f"{stack.file.name} cannot be written: {error.strerror}. Set "
            f"`canaries.{service}.weight` to 0 there, or the next `make up` deploys its weight."
        )


def _failed(engine: Engine, service: str) -> str:
    """Both facts after a failed run: what the file says, and what the cluster has."""
    found = shares.of_service(engine.state().get("resources") or [], service)
    most = max((shares.share(inputs, service) for inputs in found.values()), default=0)
    return (
        f"The rollback failed. {engine.stack.file.name} says {_said(engine.stack, service)} for "
        f"{service}, but in the cluster its new version still gets {most:g} % of the requests.\n"
        f"`make rollback SERVICE={service} STACK={engine.stack.name}` again continues."
    )


def _said(stack: Stack, service: str) -> str:
    entry = change.written(yaml_files.read(stack.file), service) or {}
    return str(entry.get("weight", "nothing"))

"""Operations that a killed run began and did not record: the state is made to fit the cluster.

The engine's own ways are no use here: both ``--clear-pending-creates`` and
``--import-pending-creates`` forget the objects that were created (engine 3.220: nothing reads what
the latter writes). The Kubernetes provider takes them over in its next run up to version 4.28, and
since then refuses them as ``already exists``. So they go into the state here, with any provider.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.deploy.kubectl import Kubectl
from components.cluster.ownership import is_ours
from components.config.loading import PROJECT

RELEASE = "kubernetes:helm.sh/v3:Release"
SECRET = "4dabf18193072939515e22adb298388d"
SECRET_VALUE = "1b47061264138c4ac30d75fd1eb44270"
"""How the state marks a secret. An import encrypts its plain text."""


def settle(engine: Engine) -> None:
    """Update the state with what an interrupted run did without recording it.

    Objects that it created are taken into the state. A Helm release keeps the notes of what was
    deployed, loses those of what was begun, and is upgraded by the next run. Raises
    :class:`DeployError`, before any change, where such an object is somebody else's.
    """
    operations = [
        Operation.from_state(entry) for entry in engine.state().get("pending_operations") or []
    ]
    if not operations:
        return
    print(f"An earlier run was interrupted in {len(operations)} operations. Recovering them.")
    kubectl = Kubectl.of(engine)
    created = _created(engine, operations, kubectl)
    for operation in operations:
        if operation.type != RELEASE:
            continue
        kubectl.delete_pending_notes(operation.name, operation.namespace)
        if operation.begins and kubectl.has_notes(operation.name, operation.namespace):
            created.append(operation)

    def record(deployment: dict[str, Any]) -> None:
        _record(deployment, operations, created)

    engine.edit_state(record)
    known = {found["urn"] for found in engine.state().get("resources") or []}
    # A release is upgraded by the next run. Reading it could put the chart's secret values into
    # the state in clear text.
    touched = sorted({one.urn for one in operations if one.type != RELEASE} & known)
    if touched:
        engine.refresh(touched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One entry of the state's ``pending_operations``. ``begins``: it was to create the resource.

    ``recorded`` is what the state holds of the resource.
    """

    urn: str
    type: str
    kind: str
    begins: bool
    api_version: str
    name: str
    namespace: str
    recorded: Mapping[str, Any]

    @classmethod
    def from_state(cls, entry: Mapping[str, Any]) -> Operation:
        """Read an entry."""
        resource = entry["resource"]
        inputs = resource.get("inputs") or {}
        metadata = inputs.get("metadata") or {}
        return cls(
            urn=resource["urn"],
            type=resource["type"],
            kind=inputs.get("kind") or "",
            begins=entry["type"] == "creating",
            api_version=inputs.get("apiVersion") or "",
            name=metadata.get("name") or inputs.get("name") or "",
            namespace=metadata.get("namespace") or inputs.get("namespace") or "",
            recorded=resource,
        )

    @property
    def id(self) -> str:
        """The provider's ID of the resource."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The object in the cluster."""
        return (self.api_version, self.kind, self.namespace, self.name)


def _created(engine: Engine, operations: Sequence[Operation], kubectl: Kubectl) -> list[Operation]:
    """The operations whose Kubernetes object is there, although its creation is not recorded."""
    begun = [one for one in operations if one.begins and one.kind and one.name]
    live = kubectl.find([one.key for one in begun])
    owner = f"{PROJECT}/{engine.stack.name}"
    foreign = [
        f"  {one.kind} {one.id}\n"
        for one in begun
        if one.key in live and not is_ours(live[one.key]["metadata"], owner)
    ]
    if foreign:
        raise DeployError(
            "An earlier run was interrupted when it was about to create what somebody else has in "
            f"the cluster by now; nothing was changed.\n{''.join(foreign)}"
            "Rename or delete it there, or in the stack, and run the same command again."
        )
    return [one for one in begun if one.key in live]


def _record(
    deployment: dict[str, Any], operations: Sequence[Operation], created: Sequence[Operation]
) -> None:
    """Record the created resources, and forget that operations are pending."""
    resources = deployment.setdefault("resources", [])
    known = {found["urn"] for found in resources}
    resources += [_recorded(one) for one in created if one.urn not in known]
    unsure = {one.urn for one in operations if one.type == RELEASE}
    for found in resources:
        if found["urn"] in unsure:
            _forget_the_timeout(found)
    deployment["pending_operations"] = []


def _recorded(operation: Operation) -> dict[str, Any]:
    """The resource as the state has it after its creation. A refresh adds what the cluster says."""
    recorded: dict[str, Any] = {**operation.recorded, "id": operation.id, "outputs": {}}
    if operation.type == RELEASE:
        # The provider expects a secret here. What the next run declares besides is a difference.
        known = {"name": operation.name, "namespace": operation.namespace}
        secret = {SECRET: SECRET_VALUE, "plaintext": json.dumps(known)}
        recorded["inputs"] = dict(recorded["inputs"])
        recorded["outputs"] = {**recorded["inputs"], "__inputs": secret}
    return recorded


def _forget_the_timeout(release: dict[str, Any]) -> None:
    """Make the next run upgrade the release: nobody knows how far the interrupted one came.

    The provider compares the program with the outputs.
    """
    for properties in (release.get("inputs"), release.get("outputs")):
        if properties:
            properties.pop("timeout", None)

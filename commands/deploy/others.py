"""What somebody else has in the services' namespace, which a removal deletes with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from commands.deploy.engine import Engine
from commands.deploy.kubectl import Kubectl
from commands.deploy.recovery import services_namespaces
from components.cluster.ownership import is_ours
from components.config.loading import PROJECT

KINDS = (
    "deployments,statefulsets,daemonsets,replicasets,pods,jobs,cronjobs,services,configmaps,"
    "secrets,persistentvolumeclaims,serviceaccounts,ingresses"
)
_OF_KUBERNETES = {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")}
_CONTROLLER = "kube-controller-manager"


def warn(engine: Engine) -> None:
    """Name the objects that go with the namespace, although the stack did not make them."""
    kubectl, owner = Kubectl.of(engine), f"{PROJECT}/{engine.stack.name}"
    for namespace in services_namespaces(engine):
        found = sorted(_foreign(kubectl.all_of(KINDS, namespace), owner))
        if found:
            print(
                f'The namespace "{namespace}" has objects that this stack did not make, and they '
                "are removed with it:\n" + "".join(f"  {one}\n" for one in found),
                end="",
                flush=True,
            )


def _foreign(objects: list[Mapping[str, Any]], owner: str) -> Iterator[str]:
    for one in objects:
        metadata = one["metadata"]
        managers = {entry.get("manager") for entry in metadata.get("managedFields") or ()}
        known = (
            (one["kind"], metadata["name"]) in _OF_KUBERNETES
            # A controller made it for an object of the namespace.
            or metadata.get("ownerReferences")
            or _CONTROLLER in managers
            or is_ours(metadata, owner)
        )
        if not known:
            yield f"{one['kind']} {metadata['name']}"

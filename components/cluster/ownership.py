"""Whose a namespace, a mesh or an object is. Nothing that somebody else made is taken over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from components.cluster.facts import ClusterContext, Space
from components.config.stack.settings import Settings
from components.findings import Finding
from components.linkerd import namespaces

STACK = "linkerd-platform.dev/stack"
"""The annotation of each namespace of a stack that says which stack it is of: project/stack."""
MANAGER = "pulumi-kubernetes"
"""What the names of Pulumi's field managers start with."""
PART_OF = {
    "app.kubernetes.io/part-of": "linkerd-platform",
    "app.kubernetes.io/managed-by": "pulumi",
}
_REMOVED = "Wait until it is gone (`kubectl get namespace {}`), and run the same command again."
_HAND_OVER = (
    "If it is to be this stack's, with all that is in it, which `make down` deletes: `kubectl "
    "annotate --overwrite namespace {} {}={}`; a Kubernetes provider of version 4.29 or later "
    "takes it over in a run with PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true."
)


def is_ours(metadata: Mapping[str, Any], stack: str) -> bool:
    """Whether the object of that metadata was made by the stack (``project/stack``).

    An object that another stack has marked never is. Others have the program's labels, or Pulumi
    manages fields of them: the namespaces they are in are the stack's own.
    """
    marked = (metadata.get("annotations") or {}).get(STACK)
    if marked is not None:
        return bool(marked == stack)
    labels = metadata.get("labels") or {}
    managers = [entry.get("manager", "") for entry in metadata.get("managedFields") or ()]
    return PART_OF.items() <= labels.items() or any(m.startswith(MANAGER) for m in managers)


def made_namespaces(settings: Settings) -> dict[str, str]:
    """The namespaces that the program makes, each with the key that asks for it."""
    linkerd = settings.linkerd
    tracing = (
        namespaces.JAEGER_EXTENSION if linkerd.chosen.has_jaeger_extension else namespaces.JAEGER
    )
    extensions = {
        namespaces.VIZ: ("linkerd.viz", linkerd.viz),
        tracing: ("linkerd.tracing", linkerd.tracing),
        namespaces.SMI: ("linkerd.smi", linkerd.smi),
        namespaces.FLAGGER: ("linkerd.flagger", linkerd.flagger),
    }
    asked = {name: key for name, (key, mode) in extensions.items() if mode == "install"}
    return {namespaces.CONTROL_PLANE: "linkerd", **asked, settings.namespace: "namespace"}


def namespaces_are_the_stacks(context: ClusterContext) -> Iterator[Finding]:
    """No namespace that the program makes is there already, unless this stack made it."""
    stack = context.stack
    if stack is None:
        return
    for name, path in made_namespaces(context.settings).items():
        space = context.facts.spaces.get(name)
        if space is None:
            continue
        if space.is_ending:
            yield Finding(
                path=path,
                found=f'the namespace "{name}" in the cluster, which is being deleted',
                allowed="a namespace that stays, or none",
                fix=_REMOVED.format(name),
            )
        elif not _is_the_stacks(name, space, context):
            yield Finding(
                path=path,
                found=f'the namespace "{name}" in the cluster, {_maker(space)}',
                allowed=f'one that the stack "{stack}" made, or none',
                fix=f"{_instead(path)} {_HAND_OVER.format(name, STACK, stack)}",
            )


def _is_the_stacks(name: str, space: Space, context: ClusterContext) -> bool:
    if space.stack:
        # Another stack's mesh is refused as a whole: guards.cluster_is_the_stacks.
        return space.stack == context.stack or name == namespaces.CONTROL_PLANE
    # Only the mesh's namespace had the mark once. In the cluster of a stack, the others that Pulumi
    # made are its own.
    of_this_stack = context.facts.stack == context.stack
    return of_this_stack and name != namespaces.CONTROL_PLANE and _by_pulumi(space)


def _by_pulumi(space: Space) -> bool:
    return any(manager.startswith(MANAGER) for manager in space.managers)


def _maker(space: Space) -> str:
    if space.stack:
        return f'which is of the stack "{space.stack}"'
    if space.helm:
        return f"which the Helm release {space.helm} made"
    if space.managers:
        return f"which somebody else made with {' and '.join(dict.fromkeys(space.managers))}"
    return "which somebody else made"


def _instead(path: str) -> str:
    if path == "namespace":
        return "Set another `namespace`."
    if path == "linkerd":
        return "Choose another cluster, or remove the mesh that is there."
    return f"Set `{path}` to off or external where the cluster has its own, or remove that."


def mesh_is_the_stacks(context: ClusterContext) -> Iterator[Finding]:
    """No other Linkerd runs in the cluster, and nobody else installed its CRDs."""
    if context.stack is None:
        return
    for other in context.facts.others:
        yield Finding(
            path="linkerd",
            found=f"{other} in the cluster, which this stack did not install",
            allowed="a cluster without another Linkerd",
            fix="Choose another cluster, or remove what is there first. A mesh of Linkerd's CLI: "
            "`linkerd uninstall | kubectl delete -f -`; it takes the CRDs with it.",
        )

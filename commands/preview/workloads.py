"""Descriptions of workloads: pods, images, sizes, volumes, and that a Secret changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from commands.preview.describing import (
    Described,
    Describer,
    Field,
    Kind,
    Words,
    entries,
    field,
    from_to,
    listed,
    literal,
    main_field,
    value,
)
from commands.preview.leaves import Leaf
from commands.preview.model import Fact, Special, Step
from commands.preview.values import arrow, image, plain

_ROTATION = "rotation.linkerd-platform.dev/"
_TEMPLATE = "spec template"
_PROXY = {
    "config.linkerd.io/proxy-cpu-request": "proxy's CPU request",
    "config.linkerd.io/proxy-cpu-limit": "proxy's CPU limit",
    "config.linkerd.io/proxy-memory-request": "proxy's memory request",
    "config.linkerd.io/proxy-memory-limit": "proxy's memory limit",
}


def _replicas(leaf: Leaf) -> str:
    if leaf.new is Special.ABSENT:
        return f"replicas {plain(leaf.old)} → set by the autoscaler"
    if leaf.old is Special.ABSENT:
        return f"replicas set by the autoscaler → {plain(leaf.new)}"
    return f"replicas {arrow(plain(leaf.old), plain(leaf.new))}"


def _image(leaf: Leaf) -> str:
    return f"image {image(plain(leaf.old), plain(leaf.new))}"


def _restarts(base: Sequence[str]) -> Describer:
    """A describer of the annotations that restart pods when a Secret changes."""
    above = [*base, "metadata", "annotations"]

    def describer(step: Step, found: Sequence[Leaf]) -> Iterator[Described]:
        for leaf in found if step.op != "create" else ():
            key = leaf.path[-1] if leaf.path else ""
            if list(leaf.path[:-1]) == above and key.startswith(_ROTATION):
                secret = key.removeprefix(_ROTATION)
                fact = Fact(text=f"pods restart to read {secret} again")
                yield Described(fact=fact, covers=[leaf])

    return describer


def _pods(template: str) -> list[Describer]:
    """The describers of the pod template at the path."""
    pod, annotations = f"{template} spec", f"{template} metadata annotations"
    fields: list[Describer] = [
        _restarts(template.split(" ")),
        entries(f"{pod} containers", "container"),
        entries(f"{pod} initContainers", "init container"),
        entries(f"{pod} volumes", "volume"),
    ]
    for group in ("containers", "initContainers"):
        container = f"{pod} {group} *"
        depth = len(container.split(" "))
        for kind in ("requests", "limits"):
            size = f"{{{depth + 2}}} {kind.removesuffix('s')}"
            fields.append(field(f"{container} resources {kind} *", size))
        fields += [
            Field(path=f"{container} image", words=_image, headline=value("image")),
            entries(f"{container} env", "variable"),
            field(f"{container} env * value", f"variable {{{depth + 1}}}"),
            Field(path=f"{container} securityContext **", words=_context, mark="security"),
            field(f"{container} args", "arguments"),
        ]
    fields += [
        Field(path=f"{pod} securityContext **", words=_context, mark="security"),
        field(f"{pod} hostNetwork", "host network", mark="security"),
        field(f"{pod} serviceAccountName", "account", mark="security"),
        field(f"{annotations} linkerd.io/inject", "proxy injection", mark="security"),
    ]
    return fields + [field(f"{annotations} {key}", label) for key, label in _PROXY.items()]


def _context(leaf: Leaf) -> str:
    start = leaf.path.index("securityContext")
    return from_to(f"security context: {literal('.'.join(leaf.path[start + 1 :]))}")(leaf)


def _keys(step: Step, found: Sequence[Leaf]) -> Iterator[Described]:
    """The keys of a Secret or ConfigMap that change, never their values."""
    data = [leaf for leaf in found if leaf.path[0] in ("data", "stringData", "binaryData")]
    if not data or step.op == "create":
        return
    names = list(dict.fromkeys(leaf.path[1] for leaf in data if len(leaf.path) > 1))
    text = f"keys change: {listed(names)}" if names else "its content changes"
    yield Described(fact=Fact(text=text), covers=data)


def _password(step: Step, found: Sequence[Leaf]) -> Iterator[Described]:
    """That a password is generated; its settings are left out."""
    words = {"create": "a password is generated", "replace": "a new password is generated"}
    if found:
        text = words.get(step.op, "its settings change, the password stays")
        yield Described(fact=Fact(text=text), covers=found)


def _replicas_owner(leaf: Leaf) -> str:
    return f"replicas set by {'people' if leaf.new is Special.ABSENT else 'the autoscaler'}"


_SIZE = "resources requests storage"
_LONG_LIVED = Kind(
    describers=[
        Field(path="spec replicas", words=_replicas, headline=value("replicas")),
        Field(
            path="metadata annotations linkerd-platform.dev/replicas",
            words=_replicas_owner,
            headline=_replicas_owner,
        ),
        *_pods(_TEMPLATE),
        main_field(f"spec volumeClaimTemplates * spec {_SIZE}", "volume's size", new="volume of"),
    ]
)
_CPU: Words = from_to("target CPU", unit="%")

KINDS: Mapping[str, Kind] = {
    "Deployment": _LONG_LIVED,
    "StatefulSet": _LONG_LIVED,
    "DaemonSet": _LONG_LIVED,
    "Job": Kind(describers=_pods(_TEMPLATE)),
    "CronJob": Kind(
        describers=[
            main_field("spec schedule", "schedule"),
            *_pods("spec jobTemplate spec template"),
        ]
    ),
    "HorizontalPodAutoscaler": Kind(
        describers=[
            main_field("spec minReplicas", "minimum pods"),
            main_field("spec maxReplicas", "maximum pods"),
            Field(path="spec metrics * resource target averageUtilization", words=_CPU),
        ]
    ),
    "PodDisruptionBudget": Kind(
        describers=[
            field("spec maxUnavailable", "pods that may be evicted at a time"),
            field("spec minAvailable", "pods that must stay available"),
        ]
    ),
    "PersistentVolumeClaim": Kind(
        describers=[main_field(f"spec {_SIZE}", "volume's size", new="volume of")]
    ),
    "Secret": Kind(describers=[_keys, _restarts(())], mark="security"),
    "ConfigMap": Kind(describers=[_keys]),
    "RandomPassword": Kind(describers=[_password], mark="security"),
}

"""How workloads are told: pods, images, sizes, volumes, and that a Secret changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from commands.preview.leaves import Leaf
from commands.preview.model import Special, Step, Told
from commands.preview.telling import (
    Field,
    Heard,
    Kind,
    Teller,
    Words,
    at,
    between,
    entries,
    listed,
    literal,
)
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
        return f"replicas {plain(leaf.old)} → left to the autoscaler"
    if leaf.old is Special.ABSENT:
        return f"replicas of the autoscaler → {plain(leaf.new)}"
    return f"replicas {arrow(plain(leaf.old), plain(leaf.new))}"


def _image(leaf: Leaf) -> str:
    return f"image {image(plain(leaf.old), plain(leaf.new))}"


def _restarts(base: Sequence[str]) -> Teller:
    """A teller of the annotations that roll pods when a Secret changes."""
    above = [*base, "metadata", "annotations"]

    def teller(step: Step, found: Sequence[Leaf]) -> Iterator[Heard]:
        for leaf in found if step.op != "create" else ():
            key = leaf.path[-1] if leaf.path else ""
            if list(leaf.path[:-1]) == above and key.startswith(_ROTATION):
                secret = key.removeprefix(_ROTATION)
                told = Told(text=f"pods restart, to read {secret} anew")
                yield Heard(told=told, covers=[leaf])

    return teller


def _pods(template: str) -> list[Teller]:
    """The tellers of a pod template that stands at the path."""
    pod, annotations = f"{template} spec", f"{template} metadata annotations"
    fields: list[Teller] = [
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
            fields.append(Field(path=f"{container} resources {kind} *", words=between(size)))
        fields += [
            Field(path=f"{container} image", words=_image, headline=at("image")),
            entries(f"{container} env", "variable"),
            Field(path=f"{container} env * value", words=between(f"variable {{{depth + 1}}}")),
            Field(path=f"{container} securityContext **", words=_context, mark="security"),
            Field(path=f"{container} args", words=between("arguments")),
        ]
    fields += [
        Field(path=f"{pod} securityContext **", words=_context, mark="security"),
        Field(path=f"{pod} hostNetwork", words=between("host network"), mark="security"),
        Field(path=f"{pod} serviceAccountName", words=between("account"), mark="security"),
        Field(
            path=f"{annotations} linkerd.io/inject",
            words=between("injection of the proxy"),
            mark="security",
        ),
    ]
    return fields + [
        Field(path=f"{annotations} {key}", words=between(label)) for key, label in _PROXY.items()
    ]


def _context(leaf: Leaf) -> str:
    start = leaf.path.index("securityContext")
    return between(f"security context: {literal('.'.join(leaf.path[start + 1 :]))}")(leaf)


def _keys(step: Step, found: Sequence[Leaf]) -> Iterator[Heard]:
    """The keys that change, of a Secret or ConfigMap, never their values."""
    data = [leaf for leaf in found if leaf.path[0] in ("data", "stringData", "binaryData")]
    if not data or step.op == "create":
        return
    names = list(dict.fromkeys(leaf.path[1] for leaf in data if len(leaf.path) > 1))
    text = f"keys change: {listed(names)}" if names else "its content changes"
    yield Heard(told=Told(text=text), covers=data)


def _password(step: Step, found: Sequence[Leaf]) -> Iterator[Heard]:
    """That a password is made; nothing of its settings, which stand beside it."""
    words = {"create": "a password is made", "replace": "a new password is made"}
    if found:
        text = words.get(step.op, "its settings change, the password stays")
        yield Heard(told=Told(text=text), covers=found)


_REPLICAS = Field(path="spec replicas", words=_replicas, headline=at("replicas"))
_LONG_LIVED = Kind(
    tellers=[
        _REPLICAS,
        *_pods(_TEMPLATE),
        Field(
            path="spec volumeClaimTemplates * spec resources requests storage",
            words=between("volume's size"),
            headline=at("volume of"),
        ),
    ]
)
_CPU: Words = between("target CPU", unit="%")

KINDS: Mapping[str, Kind] = {
    "Deployment": _LONG_LIVED,
    "StatefulSet": _LONG_LIVED,
    "DaemonSet": _LONG_LIVED,
    "Job": Kind(tellers=_pods(_TEMPLATE)),
    "CronJob": Kind(
        tellers=[
            Field(path="spec schedule", words=between("schedule"), headline=at("schedule")),
            *_pods("spec jobTemplate spec template"),
        ]
    ),
    "HorizontalPodAutoscaler": Kind(
        tellers=[
            Field(path="spec minReplicas", words=between("least pods"), headline=at("least pods")),
            Field(path="spec maxReplicas", words=between("most pods"), headline=at("most pods")),
            Field(path="spec metrics * resource target averageUtilization", words=_CPU),
        ]
    ),
    "PodDisruptionBudget": Kind(
        tellers=[
            Field(path="spec maxUnavailable", words=between("pods that may be evicted at a time")),
            Field(path="spec minAvailable", words=between("pods that an eviction must leave")),
        ]
    ),
    "PersistentVolumeClaim": Kind(
        tellers=[
            Field(
                path="spec resources requests storage",
                words=between("volume's size"),
                headline=at("volume of"),
            )
        ]
    ),
    "Secret": Kind(tellers=[_keys, _restarts(())], mark="security"),
    "ConfigMap": Kind(tellers=[_keys]),
    "RandomPassword": Kind(tellers=[_password], mark="security"),
}

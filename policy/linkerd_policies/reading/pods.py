"""The pods that a stack's workloads make, and which of them a label selector may take."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from linkerd_policies.framework.objects import UNKNOWN, KubeObject, Unknown, elements, keys, peek
from linkerd_policies.framework.stack import of_kinds, once
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.pod_templates import POD_TEMPLATES
from linkerd_policies.reading.references import reference_key

Labels = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pods:
    """The pods that one workload makes: labels, and ports by name, as its template says."""

    obj: KubeObject
    labels: Labels | Unknown
    ports: Mapping[str, Any] | Unknown

    @property
    def namespace(self) -> str | Unknown:
        """Where the pods run."""
        return self.obj.namespace


@once
def all_pods(objects: Sequence[KubeObject]) -> Sequence[Pods]:
    """Every workload's pods, in the stack's order, then those of the copies that Flagger makes."""
    pods = [_pods(obj) for obj in of_kinds(objects, *POD_TEMPLATES)]
    return [*pods, *_primaries(objects, pods)]


_FLAGGERS_LABELS = ("app", "name", "app.kubernetes.io/name")
"""Flagger names a copy by the first of these that the original has. Source:
https://docs.flagger.app/usage/how-it-works#canary-target"""


def _primaries(objects: Sequence[KubeObject], pods: Sequence[Pods]) -> Iterator[Pods]:
    """The pods of ``<deployment>-primary``, which Flagger makes for each automated canary."""
    targets = {
        reference_key(obj, peek(obj.props, "spec", "targetRef"))
        for obj in of_kinds(objects, linkerd.FLAGGER_CANARY)
    }
    for one in pods:
        if one.obj.key in targets and one.labels is not UNKNOWN:
            name = next((label for label in _FLAGGERS_LABELS if label in one.labels), None)
            if name is not None and one.labels[name] is not UNKNOWN:
                yield replace(one, labels={**one.labels, name: f"{one.labels[name]}-primary"})


def _pods(obj: KubeObject) -> Pods:
    holder = POD_TEMPLATES[obj.group_kind]
    labels = peek(obj.props, *holder, "metadata", "labels")
    return Pods(obj, labels if labels is UNKNOWN else as_labels(labels), _named_ports(obj, holder))


def as_labels(value: Any) -> dict[str, Any]:
    """A mapping's keys and values, each ``UNKNOWN`` where it is unknown."""
    return {key: peek(value, key) for key in keys(value)}


def _named_ports(obj: KubeObject, holder: Sequence[str]) -> Mapping[str, Any] | Unknown:
    found: list[Any] = []
    for group in ("containers", "initContainers"):
        containers: Any = peek(obj.props, *holder, "spec", group)
        if containers is UNKNOWN:
            return Unknown.UNKNOWN
        for container in elements(containers):
            ports = peek(container, "ports")
            found.extend([UNKNOWN] if ports is UNKNOWN else elements(ports))
    pairs = [(peek(port, "name"), peek(port, "containerPort")) for port in found]
    if any(name is UNKNOWN for name, _ in pairs):
        return Unknown.UNKNOWN
    return {name: number for name, number in pairs if isinstance(name, str)}


@dataclass(frozen=True, slots=True)
class _Index:
    """Positions in :func:`all_pods`.

    ``by_label`` has the pods with a plain label, ``unknown_label`` those whose label of this key
    may have any value, ``unknown_labels`` those whose labels are unknown as a whole.
    """

    by_label: Mapping[tuple[str, Any], Sequence[int]]
    unknown_label: Mapping[str, Sequence[int]]
    unknown_labels: Sequence[int]

    def may_have(self, key: str, value: Any) -> set[int]:
        """The pods whose label ``key`` is or may be ``value``."""
        certain, possible = self.by_label.get((key, value), ()), self.unknown_label.get(key, ())
        return {*certain, *possible, *self.unknown_labels}


def may_take(objects: Sequence[KubeObject], selector: Any) -> Sequence[Pods]:
    """The pods that ``selector`` may take, in the stack's order, without asking each of them.

    Each plain label of the selector rules pods out; without any, all pods are returned.
    """
    pods, index = all_pods(objects), _index(objects)
    wanted = peek(selector, "matchLabels")
    pairs = [(key, peek(wanted, key)) for key in keys(wanted)]
    found = [index.may_have(key, value) for key, value in pairs if _is_plain(value)]
    if not found:
        return pods
    return [pods[number] for number in sorted(set.intersection(*found))]


@once
def _index(objects: Sequence[KubeObject]) -> _Index:
    by_label: dict[tuple[str, Any], list[int]] = defaultdict(list)
    unknown_label: dict[str, list[int]] = defaultdict(list)
    unknown_labels: list[int] = []
    for number, pod in enumerate(all_pods(objects)):
        if pod.labels is UNKNOWN:
            unknown_labels.append(number)
            continue
        for key, value in pod.labels.items():
            (by_label[key, value] if _is_plain(value) else unknown_label[key]).append(number)
    return _Index(by_label, unknown_label, unknown_labels)


def _is_plain(value: Any) -> bool:
    return isinstance(value, (str, int, float))

"""A stack's objects by what they are to each other: Services, their ports, the pods they select."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from linkerd_policies.framework.model import Finding
from linkerd_policies.framework.objects import (
    UNKNOWN,
    KubeObject,
    Unknown,
    elements,
    is_list,
    keys,
    peek,
)
from linkerd_policies.framework.stack import of_kinds, once
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.label_selector import Verdict, takes
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.rules.strict_mtls.inbound_policy import POD_TEMPLATES

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
    """The pods of each ``<deployment>-primary`` that an automated canary stands for."""
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
    return Pods(obj, labels if labels is UNKNOWN else _mapping(labels), _named_ports(obj, holder))


def _mapping(value: Any) -> dict[str, Any]:
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


def is_meshed(obj: KubeObject, namespaces: frozenset[str]) -> bool:
    """Whether a workload's pods get the proxy: by its template, else by its namespace."""
    inject = peek(obj.props, *POD_TEMPLATES[obj.group_kind], "metadata", *_INJECT)
    if inject is None:
        return obj.namespace in namespaces
    return inject is UNKNOWN or inject in linkerd.INJECTED


_INJECT = ("annotations", linkerd.INJECT)


@once
def meshed_namespaces(objects: Sequence[KubeObject]) -> frozenset[str]:
    """The stack's namespaces that ask for the proxy, or may: an unknown annotation counts."""
    found = set()
    for obj in of_kinds(objects, linkerd.NAMESPACE):
        name = obj.name
        if name is not UNKNOWN:
            inject = peek(obj.props, "metadata", *_INJECT)
            if inject is UNKNOWN or inject in linkerd.INJECTED:
                found.add(name)
    return frozenset(found)


def adrift(
    objects: Sequence[KubeObject], kinds: Collection[tuple[str, str]], meshed: frozenset[str]
) -> Iterator[Finding]:
    """Objects of which the preview cannot tell whether they are in a meshed namespace."""
    for obj in of_kinds(objects, *kinds) if meshed else ():
        if obj.namespace is UNKNOWN:
            yield Finding(must_be_plain(obj, "metadata.namespace"), obj.urn)


@dataclass(frozen=True, slots=True)
class Named:
    """Objects by ``namespace/name``; the name of ``nameless`` ones is unknown."""

    by_key: Mapping[str, KubeObject]
    nameless: tuple[KubeObject, ...]


@once
def named(objects: Sequence[KubeObject], group_kind: tuple[str, str]) -> Named:
    """Every object of one API group and kind."""
    found: dict[str, KubeObject] = {}
    nameless = []
    for obj in of_kinds(objects, group_kind):
        key = obj.key
        if key is UNKNOWN:
            nameless.append(obj)
        else:
            found[key] = obj
    return Named(found, tuple(nameless))


def services_of(objects: Sequence[KubeObject]) -> Named:
    """Every Service of the stack."""
    return named(objects, linkerd.SERVICE)


def selector_of(service: KubeObject) -> Labels | Unknown:
    """The labels that a Service selects by; empty where it selects nothing."""
    selector = peek(service.props, "spec", "selector")
    if selector is UNKNOWN:
        return Unknown.UNKNOWN
    labels = _mapping(selector)
    return UNKNOWN if UNKNOWN in labels.values() else labels


def is_headless(service: KubeObject) -> bool:
    """Whether a Service has no address of its own."""
    return bool(peek(service.props, "spec", "clusterIP") == "None")


def is_external_name(service: KubeObject) -> bool:
    """Whether a Service is a mere alias of a DNS name."""
    return bool(peek(service.props, "spec", "type") == "ExternalName")


def port_numbers(service: KubeObject) -> frozenset[int] | Unknown:
    """The ports that clients can dial."""
    ports: Any = peek(service.props, "spec", "ports")
    if ports is UNKNOWN:
        return Unknown.UNKNOWN
    numbers = [peek(port, "port") for port in elements(ports)]
    if UNKNOWN in numbers:
        return UNKNOWN
    return frozenset(int(number) for number in numbers if isinstance(number, (int, float)))


def selects(selector: Labels, labels: Labels | Unknown) -> Verdict:
    """Whether a Service's selector takes pods with these labels; an empty one takes none."""
    return takes({"matchLabels": selector} if selector else None, labels)


def route_parents(route: KubeObject) -> Iterator[tuple[str | Unknown, Any]]:
    """``namespace/name`` of each parent Service of a route, and the reference itself.

    A parent that is unknown, or of an unknown kind, may be one, and counts.
    """
    references = peek(route.props, "spec", "parentRefs")
    for reference in [UNKNOWN] if references is UNKNOWN else elements(references):
        if peek(reference, "kind") in ("Service", UNKNOWN):
            yield reference_key(route, reference), reference


def reference_key(obj: KubeObject, reference: Any) -> str | Unknown:
    """``namespace/name`` of what a reference names, by default in the object's own namespace."""
    name, namespace = peek(reference, "name"), peek(reference, "namespace") or obj.namespace
    if name is UNKNOWN or namespace is UNKNOWN:
        return UNKNOWN
    return f"{namespace}/{name}"


def filled(value: Any) -> bool:
    """Whether ``value`` is a list with elements."""
    return is_list(value) and len(value) > 0

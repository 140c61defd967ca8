"""How requests to one Service are shared: TrafficSplits, and routes whose parent is a Service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from linkerd_policies.framework.objects import UNKNOWN, KubeObject, Unknown, elements, peek
from linkerd_policies.framework.stack import of_kinds, once
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.references import reference_key, route_parents


@dataclass(frozen=True, slots=True)
class Backend:
    """A Service that gets a share of the apex's requests.

    ``path`` is its place in the object. ``port`` is the one that the route names, ``None`` in a
    TrafficSplit, which uses the apex's.
    """

    key: str | Unknown
    path: str
    port: Any = None


@dataclass(frozen=True, slots=True)
class Split:
    """What shares the requests to one apex: a TrafficSplit, or a rule of a route of the apex."""

    obj: KubeObject
    apex: str | Unknown | None
    backends: tuple[Backend, ...]


@once
def splits_of(objects: Sequence[KubeObject]) -> Sequence[Split]:
    """Every TrafficSplit, and every rule with backends of a route whose parent is a Service."""
    kinds = (linkerd.TRAFFIC_SPLIT, *linkerd.ROUTES)
    return [split for obj in of_kinds(objects, *kinds) for split in _splits(obj)]


def _splits(obj: KubeObject) -> Iterator[Split]:
    if obj.group_kind == linkerd.TRAFFIC_SPLIT:
        yield Split(obj, split_service(obj), tuple(_split_backends(obj)))
    else:
        for apex in dict.fromkeys(key for key, _ in route_parents(obj)):
            yield from _route_splits(obj, apex)


def _route_splits(obj: KubeObject, apex: str | Unknown) -> Iterator[Split]:
    rules = peek(obj.props, "spec", "rules")
    if rules is UNKNOWN:
        yield Split(obj, apex, (Backend(UNKNOWN, "spec.rules"),))
    for index, rule in enumerate(elements(rules)):
        yield Split(obj, apex, tuple(_route_backends(obj, rule, index)))


def _split_backends(obj: KubeObject) -> Iterator[Backend]:
    backends = peek(obj.props, "spec", "backends")
    if backends is UNKNOWN:
        yield Backend(UNKNOWN, "spec.backends")
    for index, backend in enumerate(elements(backends)):
        name, namespace = peek(backend, "service"), obj.namespace
        unknown = name is UNKNOWN or namespace is UNKNOWN
        key = UNKNOWN if unknown else f"{namespace}/{name}"
        yield Backend(key, f"spec.backends[{index}].service")


def _route_backends(obj: KubeObject, rule: Any, number: int) -> Iterator[Backend]:
    references = peek(rule, "backendRefs")
    if references is UNKNOWN:
        yield Backend(UNKNOWN, f"spec.rules[{number}].backendRefs")
    for index, reference in enumerate(elements(references)):
        if peek(reference, "kind") in (None, "Service", UNKNOWN):
            path = f"spec.rules[{number}].backendRefs[{index}]"
            yield Backend(reference_key(obj, reference), path, peek(reference, "port"))


def split_service(obj: KubeObject) -> str | Unknown | None:
    """``namespace/name`` of a TrafficSplit's apex, ``None`` where it names none."""
    service, namespace = peek(obj.props, "spec", "service"), obj.namespace
    if service is UNKNOWN or namespace is UNKNOWN:
        return UNKNOWN
    return f"{namespace}/{service.partition('.')[0]}" if isinstance(service, str) else None

"""Objects by name, and how other objects refer to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from linkerd_policies.framework.objects import UNKNOWN, KubeObject, Unknown, elements, peek
from linkerd_policies.framework.stack import of_kinds, once


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


def reference_key(obj: KubeObject, reference: Any) -> str | Unknown:
    """``namespace/name`` of what a reference names, by default in the object's own namespace."""
    name, namespace = peek(reference, "name"), peek(reference, "namespace") or obj.namespace
    if name is UNKNOWN or namespace is UNKNOWN:
        return UNKNOWN
    return f"{namespace}/{name}"


def route_parents(route: KubeObject) -> Iterator[tuple[str | Unknown, Any]]:
    """``namespace/name`` of each parent Service of a route, and the reference itself.

    A parent that is unknown, or whose kind is unknown, may be a Service, so it counts.
    """
    references = peek(route.props, "spec", "parentRefs")
    for reference in [UNKNOWN] if references is UNKNOWN else elements(references):
        if peek(reference, "kind") in ("Service", UNKNOWN):
            yield reference_key(route, reference), reference

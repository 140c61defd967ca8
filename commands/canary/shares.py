"""The objects in a stack's state that share out a service's requests. No I/O."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from components.plan.weights import TOTAL, Weights

SPLIT = "TrafficSplit"
ROUTES = frozenset({"HTTPRoute", "GRPCRoute"})


def of_service(resources: Iterable[Mapping[str, Any]], service: str) -> dict[str, dict[str, Any]]:
    """The inputs of each object that has a weight for the service's new version, by URN."""
    return {
        one["urn"]: one["inputs"]
        for one in resources
        if not one.get("delete") and any(_shared(one, service))
    }


def changed(inputs: Mapping[str, Any], service: str, weights: Weights) -> dict[str, Any]:
    """The inputs with these weights. Requests that headers send to one version stay with it."""
    new = copy.deepcopy(dict(inputs))
    for backends in _lists(new, service):
        for backend in backends:
            stable = _name(backend) == service
            backend["weight"] = weights.stable if stable else weights.canary
    return new


def share(inputs: Mapping[str, Any], service: str) -> float:
    """The share of the new version, in per cent: the largest one where routes differ."""
    found = [
        100 * backend.get("weight", 1) / TOTAL
        for backends in _lists(inputs, service)
        for backend in backends
        if _name(backend) != service
    ]
    return max(found, default=0)


def _shared(resource: Mapping[str, Any], service: str) -> Iterator[Any]:
    if resource["type"].rpartition(":")[2] in {SPLIT, *ROUTES}:
        yield from _lists(resource.get("inputs") or {}, service)


def _lists(inputs: Mapping[str, Any], service: str) -> Iterator[list[dict[str, Any]]]:
    """The lists of backends with both the service's apex and the new version's leaf."""
    spec = inputs.get("spec") or {}
    if inputs.get("kind") == SPLIT:
        found = [spec.get("backends") or []] if spec.get("service") == service else []
    else:
        of_service = any(_is_apex(parent, service) for parent in spec.get("parentRefs") or ())
        rules = spec.get("rules") or () if of_service else ()
        found = [rule.get("backendRefs") or [] for rule in rules]
    for backends in found:
        names = {_name(backend) for backend in backends}
        if service in names and len(names) > 1:
            yield backends


def _is_apex(parent: Mapping[str, Any], service: str) -> bool:
    return parent.get("kind") == "Service" and parent.get("name") == service


def _name(backend: Mapping[str, Any]) -> str:
    """The Service's name: a TrafficSplit calls the key ``service``, a route ``name``."""
    return str(backend.get("service") or backend.get("name"))

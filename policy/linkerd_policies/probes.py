"""Routes that only the kubelet's probes match: opening one of them opens nothing.

Where a route is attached to a Server, Linkerd no longer lets the probes in by itself, so they need
a route of their own. Source: https://linkerd.io/2-edge/features/server-policy/
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from . import linkerd
from .mtls import POD_TEMPLATES
from .objects import UNKNOWN, KubeObject, elements, peek

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


def opens_probes_only(obj: KubeObject, objects: Sequence[KubeObject]) -> bool:
    """Whether an AuthorizationPolicy targets a route that matches nothing but probes.

    The probes are those of the workloads in ``objects``, in the policy's namespace.
    """
    if obj.group_kind != linkerd.AUTHORIZATION_POLICY or obj.namespace is UNKNOWN:
        return False
    group, kind, name = (peek(obj.props, "spec", "targetRef", k) for k in ("group", "kind", "name"))
    routes = [
        one
        for one in objects
        if one.group_kind in linkerd.ROUTES
        and one.group_kind == (group, kind)
        and (one.namespace, one.name) == (obj.namespace, name)
    ]
    paths = {path for one in objects if one.namespace == obj.namespace for path in _probed(one)}
    return bool(routes) and all(_matches_only(route, paths) for route in routes)


def _matches_only(route: KubeObject, paths: set[str]) -> bool:
    found = [
        match
        for rule in elements(peek(route.props, "spec", "rules"))
        # A rule without a match matches everything.
        for match in [*elements(peek(rule, "matches"))] or [None]
    ]
    return bool(found) and all(_is_probe(match, paths) for match in found)


def _is_probe(match: Any, paths: set[str]) -> bool:
    exact = peek(match, "path", "type") == "Exact"
    return exact and peek(match, "method") == "GET" and peek(match, "path", "value") in paths


def _probed(workload: KubeObject) -> Iterator[str]:
    """The paths of the HTTP probes of a workload's containers."""
    holder = POD_TEMPLATES.get(workload.group_kind)
    if holder is None:
        return
    for container in elements(peek(workload.props, *holder, "spec", "containers")):
        for probe in _PROBES:
            path = peek(container, probe, "httpGet", "path")
            if isinstance(path, str):
                yield path

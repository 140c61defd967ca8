"""Routes that match only the kubelet's probes: authorizing one lets no other client in.

Where a route is attached to a Server, Linkerd no longer lets the probes in by itself, so they need
a route of their own. Source: https://linkerd.io/2-edge/features/server-policy/
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from linkerd_policies.framework.objects import UNKNOWN, KubeObject, Unknown, elements, peek
from linkerd_policies.framework.stack import of_kinds, once
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.pod_templates import POD_TEMPLATES

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
        for one in of_kinds(objects, *linkerd.ROUTES)
        if one.group_kind == (group, kind) and (one.namespace, one.name) == (obj.namespace, name)
    ]
    paths = _probed_paths(objects).get(obj.namespace, frozenset())
    return bool(routes) and all(_matches_only(route, paths) for route in routes)


@once
def _probed_paths(objects: Sequence[KubeObject]) -> Mapping[str | Unknown, Collection[str]]:
    """The paths of all HTTP probes, by namespace."""
    found: dict[str | Unknown, set[str]] = defaultdict(set)
    for obj in of_kinds(objects, *POD_TEMPLATES):
        found[obj.namespace].update(_probed(obj))
    return found


def _matches_only(route: KubeObject, paths: Collection[str]) -> bool:
    found = [
        match
        for rule in elements(peek(route.props, "spec", "rules"))
        # A rule without a match matches everything.
        for match in [*elements(peek(rule, "matches"))] or [None]
    ]
    return bool(found) and all(_is_probe(match, paths) for match in found)


def _is_probe(match: Any, paths: Collection[str]) -> bool:
    exact = peek(match, "path", "type") == "Exact"
    return exact and peek(match, "method") == "GET" and peek(match, "path", "value") in paths


def _probed(workload: KubeObject) -> Iterator[str]:
    """The paths of the HTTP probes of a workload's containers."""
    holder = POD_TEMPLATES[workload.group_kind]
    for container in elements(peek(workload.props, *holder, "spec", "containers")):
        for probe in _PROBES:
            path = peek(container, probe, "httpGet", "path")
            if isinstance(path, str):
                yield path

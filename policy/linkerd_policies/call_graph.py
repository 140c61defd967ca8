"""Who calls whom, as the objects of a stack say it.

Two sources: the callers that an AuthorizationPolicy names, by ServiceAccount, and the annotation
``policy.linkerd-platform.dev/calls`` of a pod template. Identities with a wildcard name nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import linkerd
from .canary import Split, splits_of
from .label_selector import takes
from .mtls import POD_TEMPLATES
from .objects import UNKNOWN, KubeObject, elements, peek
from .stack_view import Pods, all_pods, reference_key, selector_of, selects, services_of

_IDENTITY = re.compile(r"([^.*]+)\.([^.*]+)\.serviceaccount\.identity\..+")
_SERVICE_ACCOUNT = "ServiceAccount"


@dataclass(frozen=True, slots=True)
class CallGraph:
    """Workloads by kind and name: which each calls, the Services before each, the objects."""

    callees: Mapping[str, frozenset[str]]
    services: Mapping[str, frozenset[str]]
    objects: Mapping[str, KubeObject]


def call_graph(objects: Sequence[KubeObject]) -> CallGraph:
    """The graph of the stack's workloads."""
    pods = all_pods(objects)
    services = {str(pod.obj): frozenset(_in_front(pod, objects)) for pod in pods}
    edges: dict[str, set[str]] = {str(pod.obj): set() for pod in pods}
    for caller, callee in (*_authorized(pods, objects), *_annotated(pods, services)):
        edges[caller].add(callee)
    callees = {caller: frozenset(called) for caller, called in edges.items()}
    return CallGraph(callees, services, {str(pod.obj): pod.obj for pod in pods})


def _in_front(pod: Pods, objects: Sequence[KubeObject]) -> Iterator[str]:
    """Every Service that leads to the pods: by its selector, or by its split."""
    found = set()
    for key, service in services_of(objects).by_key.items():
        selector = selector_of(service)
        local = service.namespace == pod.namespace
        if local and selector is not UNKNOWN and selects(selector, pod.labels) is True:
            found.add(key)
    yield from found
    for split in splits_of(objects):
        if isinstance(split.apex, str) and _leads_to(split, found):
            yield split.apex


def _leads_to(split: Split, services: set[str]) -> bool:
    return any(backend.key in services for backend in split.backends)


def _annotated(
    pods: Sequence[Pods], services: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, str]]:
    for pod in pods:
        holder = (*POD_TEMPLATES[pod.obj.group_kind], "metadata", "annotations")
        text = peek(pod.obj.props, *holder, linkerd.CALLS)
        for word in text.split(",") if isinstance(text, str) else ():
            name = word.strip()
            key = name if "/" in name else f"{pod.namespace}/{name}"
            for callee, fronts in services.items():
                if key in fronts:
                    yield str(pod.obj), callee


def _authorized(pods: Sequence[Pods], objects: Sequence[KubeObject]) -> Iterator[tuple[str, str]]:
    for policy in objects:
        if policy.group_kind == linkerd.AUTHORIZATION_POLICY:
            accounts = set(_accounts(policy, objects))
            callers = [pod for pod in pods if _account(pod) in accounts]
            for callee in _targets(policy, pods, objects):
                yield from ((str(caller.obj), str(callee.obj)) for caller in callers)


def _targets(
    policy: KubeObject, pods: Sequence[Pods], objects: Sequence[KubeObject]
) -> Iterator[Pods]:
    names = list(_servers(policy, objects))
    for server in objects:
        local = server.namespace == policy.namespace
        if server.group_kind == linkerd.SERVER and local and server.name in names:
            selector = peek(server.props, "spec", "podSelector")
            for pod in pods:
                if pod.namespace == server.namespace and takes(selector, pod.labels) is True:
                    yield pod


def _servers(policy: KubeObject, objects: Sequence[KubeObject]) -> Iterator[Any]:
    """The names of the Servers that the policy is for, by a route of theirs as well."""
    kind, name = (peek(policy.props, "spec", "targetRef", key) for key in ("kind", "name"))
    if kind == "Server":
        yield name
    for obj in objects:
        if obj.group_kind in linkerd.ROUTES and (obj.kind, obj.name) == (kind, name):
            for parent in elements(peek(obj.props, "spec", "parentRefs")):
                if peek(parent, "kind") == "Server" and obj.namespace == policy.namespace:
                    yield peek(parent, "name")


def _accounts(policy: KubeObject, objects: Sequence[KubeObject]) -> Iterator[str]:
    """``namespace/name`` of every ServiceAccount that the policy names."""
    for reference in elements(peek(policy.props, "spec", "requiredAuthenticationRefs")):
        kind, key = peek(reference, "kind"), reference_key(policy, reference)
        if kind == _SERVICE_ACCOUNT and isinstance(key, str):
            yield key
        for obj in objects:
            if obj.kind == kind == "MeshTLSAuthentication" and obj.key == key:
                yield from _identities(obj)


def _identities(authentication: KubeObject) -> Iterator[str]:
    spec: Any = peek(authentication.props, "spec")
    for identity in elements(peek(spec, "identities")):
        match = _IDENTITY.fullmatch(identity) if isinstance(identity, str) else None
        if match:
            yield f"{match[2]}/{match[1]}"
    for reference in elements(peek(spec, "identityRefs")):
        key = reference_key(authentication, reference)
        if peek(reference, "kind") == _SERVICE_ACCOUNT and isinstance(key, str):
            yield key


def _account(pod: Pods) -> str | None:
    holder = (*POD_TEMPLATES[pod.obj.group_kind], "spec")
    name = peek(pod.obj.props, *holder, "serviceAccountName")
    if name is UNKNOWN or pod.namespace is UNKNOWN:
        return None
    return f"{pod.namespace}/{name or 'default'}"

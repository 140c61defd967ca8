"""Who calls whom, as the objects of a stack declare it.

Two sources: the callers that an AuthorizationPolicy names, by ServiceAccount, and the annotation
``policy.linkerd-platform.dev/calls`` of a pod template. Identities with a wildcard name nobody.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from linkerd_policies.framework.objects import UNKNOWN, KubeObject, Unknown, elements, peek
from linkerd_policies.framework.stack import of_kinds, once
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.label_selector import takes
from linkerd_policies.reading.pod_templates import POD_TEMPLATES
from linkerd_policies.reading.pods import Pods, all_pods, may_take
from linkerd_policies.reading.references import reference_key
from linkerd_policies.reading.services import selector_of, selects, services_of
from linkerd_policies.reading.splits import splits_of

_IDENTITY = re.compile(r"([^.*]+)\.([^.*]+)\.serviceaccount\.identity\..+")
_SERVICE_ACCOUNT = "ServiceAccount"
_AUTHENTICATION = "MeshTLSAuthentication"


@dataclass(frozen=True, slots=True)
class CallGraph:
    """Workloads by kind and name: which each calls, the Services in front of each, the objects."""

    callees: Mapping[str, frozenset[str]]
    services: Mapping[str, frozenset[str]]
    objects: Mapping[str, KubeObject]


def call_graph(objects: Sequence[KubeObject]) -> CallGraph:
    """The graph of the stack's workloads."""
    pods = all_pods(objects)
    selecting, apexes = _selecting(objects), _apexes(objects)
    services = {
        str(pod.obj): frozenset(_in_front(selecting.get(id(pod.obj), ()), apexes)) for pod in pods
    }
    edges: dict[str, set[str]] = {str(pod.obj): set() for pod in pods}
    for caller, callee in (*_authorized(objects), *_annotated(pods, services)):
        edges[caller].add(callee)
    callees = {caller: frozenset(called) for caller, called in edges.items()}
    return CallGraph(callees, services, {str(pod.obj): pod.obj for pod in pods})


def _selecting(objects: Sequence[KubeObject]) -> Mapping[int, set[str]]:
    """The Services whose selector takes a workload's pods, by the workload's identity."""
    found: dict[int, set[str]] = defaultdict(set)
    for key, service in services_of(objects).by_key.items():
        selector = selector_of(service)
        if selector is not UNKNOWN:
            for pod in may_take(objects, {"matchLabels": selector}):
                local = service.namespace == pod.namespace
                if local and selects(selector, pod.labels) is True:
                    found[id(pod.obj)].add(key)
    return found


def _apexes(objects: Sequence[KubeObject]) -> Mapping[str | Unknown, set[str]]:
    """The apexes that send requests to a Service by a split, by the Service's key."""
    found: dict[str | Unknown, set[str]] = defaultdict(set)
    for split in splits_of(objects):
        if isinstance(split.apex, str):
            for backend in split.backends:
                found[backend.key].add(split.apex)
    return found


def _in_front(
    selecting: Collection[str], apexes: Mapping[str | Unknown, set[str]]
) -> Iterator[str]:
    """Every Service that leads to pods: those ``selecting`` them, and the apexes of these."""
    yield from selecting
    for key in selecting:
        yield from apexes.get(key, ())


def _annotated(
    pods: Sequence[Pods], services: Mapping[str, frozenset[str]]
) -> Iterator[tuple[str, str]]:
    behind: dict[str, list[str]] = defaultdict(list)
    for callee, fronts in services.items():
        for front in fronts:
            behind[front].append(callee)
    for pod in pods:
        holder = (*POD_TEMPLATES[pod.obj.group_kind], "metadata", "annotations")
        text = peek(pod.obj.props, *holder, linkerd.CALLS)
        for word in text.split(",") if isinstance(text, str) else ():
            name = word.strip()
            key = name if "/" in name else f"{pod.namespace}/{name}"
            yield from ((str(pod.obj), callee) for callee in behind.get(key, ()))


def _authorized(objects: Sequence[KubeObject]) -> Iterator[tuple[str, str]]:
    pods: dict[str | None, list[Pods]] = defaultdict(list)
    for pod in all_pods(objects):
        pods[_account(pod)].append(pod)
    for policy in of_kinds(objects, linkerd.AUTHORIZATION_POLICY):
        accounts = set(_accounts(policy, objects))
        callers = [pod for account in accounts for pod in pods.get(account, ())]
        for callee in _targets(policy, objects) if callers else ():
            yield from ((str(caller.obj), str(callee.obj)) for caller in callers)


def _targets(policy: KubeObject, objects: Sequence[KubeObject]) -> Iterator[Pods]:
    names = list(_servers(policy, objects))
    for server in of_kinds(objects, linkerd.SERVER):
        if server.namespace == policy.namespace and server.name in names:
            selector = peek(server.props, "spec", "podSelector")
            for pod in may_take(objects, selector):
                if pod.namespace == server.namespace and takes(selector, pod.labels) is True:
                    yield pod


def _servers(policy: KubeObject, objects: Sequence[KubeObject]) -> Iterator[Any]:
    """The names of the Servers that the policy is for, by a route of theirs as well."""
    kind, name = (peek(policy.props, "spec", "targetRef", key) for key in ("kind", "name"))
    if kind == "Server":
        yield name
    for obj in of_kinds(objects, *linkerd.ROUTES):
        if (obj.kind, obj.name) == (kind, name):
            for parent in elements(peek(obj.props, "spec", "parentRefs")):
                if peek(parent, "kind") == "Server" and obj.namespace == policy.namespace:
                    yield peek(parent, "name")


def _accounts(policy: KubeObject, objects: Sequence[KubeObject]) -> Iterator[str]:
    """``namespace/name`` of every ServiceAccount that the policy names."""
    for reference in elements(peek(policy.props, "spec", "requiredAuthenticationRefs")):
        kind, key = peek(reference, "kind"), reference_key(policy, reference)
        if kind == _SERVICE_ACCOUNT and isinstance(key, str):
            yield key
        if kind == _AUTHENTICATION:
            for obj in _authentications(objects).get(key, ()):
                yield from _identities(obj)


@once
def _authentications(
    objects: Sequence[KubeObject],
) -> Mapping[str | Unknown, Sequence[KubeObject]]:
    """Every MeshTLSAuthentication by ``namespace/name``."""
    found: dict[str | Unknown, list[KubeObject]] = defaultdict(list)
    for obj in objects:
        if obj.kind == _AUTHENTICATION:
            found[obj.key].append(obj)
    return found


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

"""Canaries: the Services behind a TrafficSplit or route, and what their selectors take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, Settings, StackRule, names
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, Unknown
from linkerd_policies.framework.stack import of_kinds
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.reading.pods import Pods, all_pods
from linkerd_policies.reading.references import Named
from linkerd_policies.reading.services import (
    is_external_name,
    is_headless,
    port_numbers,
    selector_of,
    selects,
    services_of,
)
from linkerd_policies.reading.splits import Backend, Split, split_service, splits_of
from linkerd_policies.rules import groups


def check_backends(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """Every backend is a Service that can take the apex's requests."""
    services = services_of(objects)
    yield from dict.fromkeys(
        Finding(message, split.obj.urn)
        for split in splits_of(objects)
        for backend in split.backends
        for message in _backend_violations(split, backend, services, settings["external"])
    )


def _backend_violations(
    split: Split, backend: Backend, services: Named, external: Sequence[str]
) -> Iterator[str]:
    obj, path = split.obj, backend.path
    if backend.key is UNKNOWN:
        yield must_be_plain(obj, "metadata.namespace" if obj.namespace is UNKNOWN else path)
    elif backend.key in services.by_key:
        yield from _service_violations(split, backend, services)
    elif backend.key not in external:
        for nameless in services.nameless:
            yield must_be_plain(nameless, "metadata.name and metadata.namespace")
        if not services.nameless:
            yield (
                f"Add Service {backend.key} to the stack, correct {path} of {obj}, or list the "
                "Service in the rule's setting external: a TrafficSplit gives the share of a "
                "missing Service to the others, and a route answers it with errors."
            )


def _service_violations(split: Split, backend: Backend, services: Named) -> Iterator[str]:
    obj, key = split.obj, str(backend.key)
    service = services.by_key[key]
    if is_headless(service) or is_external_name(service):
        form = "it is headless" if is_headless(service) else "it is an ExternalName"
        yield (
            f"Give {service} a cluster IP, or take it out of {backend.path} of {obj}: "
            f"{form}, and Linkerd splits requests between Services with an address only."
        )
    elif key != split.apex or backend.port is not None:
        yield from _port_violations(split, backend, service, services)


def _port_violations(
    split: Split, backend: Backend, service: KubeObject, services: Named
) -> Iterator[str]:
    offered, wanted = port_numbers(service), _wanted(split, backend, services)
    if offered is UNKNOWN:
        yield must_be_plain(service, "spec.ports")
    elif wanted is UNKNOWN:
        yield _unknown_port(split, backend, services)
    elif missing := sorted(wanted - offered):
        listed = ", ".join(map(str, missing))
        yield (
            f"Add port {listed} to {service}: {backend.path} of {split.obj} sends requests there "
            "on the port that callers dial, and the Service has no such port."
        )


def _wanted(split: Split, backend: Backend, services: Named) -> frozenset[int] | Unknown:
    if isinstance(backend.port, (int, float)):
        return frozenset({int(backend.port)})
    if split.obj.kind != "TrafficSplit":
        return UNKNOWN if backend.port is UNKNOWN else frozenset()
    if split.apex is UNKNOWN:
        return UNKNOWN
    apex = services.by_key.get(str(split.apex))
    return port_numbers(apex) if apex else frozenset()


def _unknown_port(split: Split, backend: Backend, services: Named) -> str:
    if split.obj.kind != "TrafficSplit":
        return must_be_plain(split.obj, f"{backend.path}.port")
    apex = services.by_key.get(str(split.apex))
    return must_be_plain(apex, "spec.ports") if apex else must_be_plain(split.obj, "spec.service")


def check_selectors(objects: Sequence[KubeObject], _settings: Settings) -> Iterator[Finding]:
    """No pod is behind two backends of one split."""
    services, pods = services_of(objects), all_pods(objects)
    compared: set[frozenset[str]] = set()
    for split in splits_of(objects):
        present = [b for b in split.backends if b.key in services.by_key]
        for first, second in combinations(present, 2):
            pair = frozenset({str(first.key), str(second.key)})
            if len(pair) == 2 and pair not in compared:
                compared.add(pair)
                left, right = services.by_key[str(first.key)], services.by_key[str(second.key)]
                yield from _overlap(split.obj, left, right, pods)


def _overlap(
    split: KubeObject, left: KubeObject, right: KubeObject, pods: Sequence[Pods]
) -> Iterator[Finding]:
    one, other = selector_of(left), selector_of(right)
    for service, selector in ((left, one), (right, other)):
        if selector is UNKNOWN:
            yield Finding(must_be_plain(service, "spec.selector"), service.urn)
    if one is UNKNOWN or other is UNKNOWN or left.namespace != right.namespace:
        return
    shared = [pod.obj for pod in pods if _takes(pod, left, one) and _takes(pod, right, other)]
    if shared or _within(one, other) or _within(other, one):
        found = f" (both select the pods of {shared[0]})" if shared else ""
        yield Finding(
            f"Narrow the selector of {left} or {right}, by a version label for example, so that no "
            f"pod is behind both{found}: {split} shares requests between them, and pods behind "
            "both get more than their share.",
            left.urn,
        )


def _takes(pod: Pods, service: KubeObject, selector: Any) -> bool:
    return pod.namespace == service.namespace and selects(selector, pod.labels) is True


def _within(wide: Any, narrow: Any) -> bool:
    return bool(wide) and wide.items() <= narrow.items()


def check_one_split(objects: Sequence[KubeObject], _settings: Settings) -> Iterator[Finding]:
    """Every apex has one TrafficSplit."""
    seen: dict[str, KubeObject] = {}
    several = of_kinds(objects, linkerd.TRAFFIC_SPLIT)
    for obj in several:
        apex = split_service(obj)
        if apex is UNKNOWN:
            if len(several) > 1:
                yield Finding(must_be_plain(obj, "spec.service"), obj.urn)
        elif apex is not None and seen.setdefault(apex, obj) is not obj:
            yield Finding(
                f"Remove {obj} or {seen[apex]}: both split Service {apex}, and the one that is "
                "written last wins.",
                obj.urn,
            )


_SOURCE = "https://linkerd.io/2-edge/tasks/linkerd-smi/"
_SERVICE = """\
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: shop}}
spec: {{ports: [{{port: 8080}}], selector: {selector}}}
---
"""
_SPLIT = """\
apiVersion: split.smi-spec.io/v1alpha2
kind: TrafficSplit
metadata: {{name: {name}, namespace: shop}}
spec:
  service: cart
  backends:
    - {{service: cart, weight: 900}}
    - {{service: cart-v2, weight: 100}}
"""
_APEX = _SERVICE.format(name="cart", selector="{app: cart, version: v1}")
_WIDE_APEX = _SERVICE.format(name="cart", selector="{app: cart}")
_LEAF = _SERVICE.format(name="cart-v2", selector="{app: cart, version: v2}")
_ONE = _SPLIT.format(name="cart")


CANARY_BACKENDS = StackRule(
    name="linkerd-canary-backends",
    display_name="Every backend can take requests",
    group=groups.CANARIES.name,
    severity=Severity.HIGH,
    tags=groups.CANARIES.tags,
    description="Every backend of a TrafficSplit, or of a route whose parent is a Service, is a "
    "Service with a cluster IP and the port that callers dial.",
    why=(
        "The API server accepts a split to a Service that does not exist. Linkerd then gives its "
        "share to the other version, and the canary gets no request; a route answers with "
        "errors. The same happens if the Service lacks the apex's port."
    ),
    remediation="Add a Service for each version, with the apex's ports and that version's labels.",
    source=_SOURCE,
    settings=(names("external", "Services that are made elsewhere, so that the stack has none."),),
    check=check_backends,
    bad=_APEX + _ONE,
    good=_APEX + _LEAF + _ONE,
)

CANARY_SELECTORS = StackRule(
    name="linkerd-canary-selectors",
    display_name="No pod is behind two backends",
    group=groups.CANARIES.name,
    severity=Severity.HIGH,
    tags=groups.CANARIES.tags,
    description="The Services that share requests select different pods.",
    why=(
        "If the apex is a backend and selects every version's pods, the canary gets requests "
        "whatever its weight, and a weight of 0 is no rollback. An apex that is not a backend "
        "may select all."
    ),
    remediation="Let each backend select one version. That includes the apex if it is a backend.",
    source="https://linkerd.io/2-edge/tasks/traffic-shifting/",
    check=check_selectors,
    bad=_WIDE_APEX + _LEAF + _ONE,
    good=_APEX + _LEAF + _ONE,
)

CANARY_ONE_SPLIT = StackRule(
    name="linkerd-canary-one-split",
    display_name="A Service is split once",
    group=groups.CANARIES.name,
    severity=Severity.HIGH,
    tags=groups.CANARIES.tags,
    description="No two TrafficSplits share an apex.",
    why=(
        "Linkerd's SMI extension writes each split into the one ServiceProfile of the apex, so "
        "two splits overwrite each other in no reliable order."
    ),
    remediation="Put all backends into one TrafficSplit.",
    source=_SOURCE,
    check=check_one_split,
    bad=_ONE + "---\n" + _SPLIT.format(name="again"),
    good=_ONE,
)

RULES = (CANARY_BACKENDS, CANARY_SELECTORS, CANARY_ONE_SPLIT)

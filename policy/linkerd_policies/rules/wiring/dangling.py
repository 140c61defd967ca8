"""Wiring: autoscalers, disruption budgets, Ingresses and routes that refer to nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, Settings, StackRule, names
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, Unknown, elements, peek
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.label_selector import takes
from linkerd_policies.reading.mesh import meshed_namespaces, objects_in, unknown_namespaces
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.reading.pods import may_take
from linkerd_policies.reading.references import named, route_parents
from linkerd_policies.reading.settings import MESHED_NAMESPACES
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import NAMESPACE

EXTERNAL = names(
    "external",
    "Objects that refer, on purpose, to what another stack or an operator makes.",
)
_AUTOSCALER = ("autoscaling", "HorizontalPodAutoscaler")
_BUDGET = ("policy", "PodDisruptionBudget")
_INGRESS = ("networking.k8s.io", "Ingress")


@dataclass(frozen=True, slots=True)
class Reference:
    """What an object refers to: the path, the kind, ``namespace/name``, and the port if it has one.

    The kind does not matter where ``key`` is unknown.
    """

    path: str
    group_kind: tuple[str, str] = linkerd.SERVICE
    key: str | Unknown = UNKNOWN
    port: Any = None


def check_references(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """What an object refers to is in the stack."""
    meshed = meshed_namespaces(objects, settings)
    kinds = (_AUTOSCALER, _INGRESS, *linkerd.ROUTES)
    yield from unknown_namespaces(meshed, objects, kinds)
    for obj in objects_in(meshed, objects, *kinds):
        if obj.key not in settings["external"]:
            for reference in _references(obj):
                for message in _missing(obj, reference, objects):
                    yield Finding(message, obj.urn)


def _references(obj: KubeObject) -> Iterator[Reference]:
    if obj.group_kind == _AUTOSCALER:
        yield _scaled(obj)
    elif obj.group_kind == _INGRESS:
        yield from _ingress_backends(obj)
    else:
        for key, parent in route_parents(obj):
            yield Reference("spec.parentRefs", linkerd.SERVICE, key, peek(parent, "port"))


def _scaled(obj: KubeObject) -> Reference:
    path = "spec.scaleTargetRef"
    target = peek(obj.props, "spec", "scaleTargetRef")
    version, kind, name = (peek(target, key) for key in ("apiVersion", "kind", "name"))
    if UNKNOWN in (version, kind, name):
        return Reference(path)
    group = str(version).rpartition("/")[0]
    return Reference(path, (group, str(kind)), f"{obj.namespace}/{name}")


def _ingress_backends(obj: KubeObject) -> Iterator[Reference]:
    yield from _backend(obj, peek(obj.props, "spec", "defaultBackend"), "spec.defaultBackend")
    rules = peek(obj.props, "spec", "rules")
    if rules is UNKNOWN:
        yield Reference("spec.rules")
    for number, rule in enumerate(elements(rules)):
        for index, path in enumerate(elements(peek(rule, "http", "paths"))):
            where = f"spec.rules[{number}].http.paths[{index}].backend"
            yield from _backend(obj, peek(path, "backend"), where)


def _backend(obj: KubeObject, backend: Any, path: str) -> Iterator[Reference]:
    name = peek(backend, "service", "name")
    number = peek(backend, "service", "port", "number")
    port = peek(backend, "service", "port", "name") if number is None else number
    if name is UNKNOWN:
        yield Reference(path)
    elif name is not None:
        yield Reference(path, linkerd.SERVICE, f"{obj.namespace}/{name}", port)


def _missing(obj: KubeObject, reference: Reference, objects: Sequence[KubeObject]) -> Iterator[str]:
    kind, key = reference.group_kind, reference.key
    if key is UNKNOWN:
        yield must_be_plain(obj, reference.path)
        return
    present = named(objects, kind)
    if key in present.by_key:
        yield from _missing_port(obj, reference, present.by_key[key])
    elif present.nameless:
        yield must_be_plain(present.nameless[0], "metadata.name and metadata.namespace")
    else:
        yield (
            f"Correct {reference.path} of {obj}, add {kind[1]} {key} to the stack, or list the "
            f"former in the rule's setting external: the stack has no {kind[1]} of this name."
        )


def _missing_port(obj: KubeObject, reference: Reference, service: KubeObject) -> Iterator[str]:
    if reference.port is None:
        return
    ports: Any = peek(service.props, "spec", "ports")
    offered = [peek(port, key) for port in elements(ports) for key in ("port", "name")]
    if reference.port is UNKNOWN:
        yield must_be_plain(obj, f"the port of {reference.path}")
    elif ports is UNKNOWN or (UNKNOWN in offered and reference.port not in offered):
        yield must_be_plain(service, "spec.ports")
    elif reference.port not in offered:
        yield (
            f"Correct the port of {reference.path} of {obj}: {service} has no such port, so no "
            "request arrives."
        )


def check_budgets(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """Every PodDisruptionBudget selects pods of the stack."""
    meshed = meshed_namespaces(objects, settings)
    yield from unknown_namespaces(meshed, objects, (_BUDGET,))
    for obj in objects_in(meshed, objects, _BUDGET):
        if obj.key not in settings["external"]:
            for message in _budget_violations(obj, objects):
                yield Finding(message, obj.urn)


def _budget_violations(obj: KubeObject, objects: Sequence[KubeObject]) -> Iterator[str]:
    selector = peek(obj.props, "spec", "selector")
    pods = may_take(objects, selector)
    local = [pod for pod in pods if pod.namespace in (obj.namespace, UNKNOWN)]
    verdicts = [takes(selector, pod.labels) for pod in local]
    if True in verdicts:
        return
    if selector is UNKNOWN or UNKNOWN in verdicts:
        yield must_be_plain(obj, "spec.selector, and the labels of the pods,")
    else:
        yield (
            f"Correct spec.selector of {obj}, or list it in the rule's setting external: it takes "
            "no pod of the stack, and so protects none."
        )


_AUTOSCALED = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {{name: cart, namespace: shop}}
spec:
  scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: {name}}}
  maxReplicas: 3
---
"""
_PROTECTED = """\
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: cart, namespace: shop}}
spec: {{maxUnavailable: 1, selector: {{matchLabels: {{app: {app}}}}}}}
---
"""
_CART = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
"""

DANGLING_REFERENCES = StackRule(
    name="linkerd-dangling-references",
    display_name="References lead to objects of the stack",
    group=groups.WIRING.name,
    severity=Severity.MEDIUM,
    tags=groups.WIRING.tags,
    description="In a meshed namespace, the target of every HorizontalPodAutoscaler, the backends "
    "of every Ingress and the parent Services of every route are in the stack, with their ports.",
    why=(
        "Nothing validates them: an autoscaler without its workload scales nothing, an Ingress "
        "without its Service answers with errors, and a route without its Service is never used."
    ),
    remediation="Correct the name or the port.",
    source="https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/",
    settings=(EXTERNAL, MESHED_NAMESPACES),
    check=check_references,
    bad=NAMESPACE + "---\n" + _AUTOSCALED.format(name="card") + _CART,
    good=NAMESPACE + "---\n" + _AUTOSCALED.format(name="cart") + _CART,
)

DISRUPTION_BUDGETS = StackRule(
    name="linkerd-disruption-budgets",
    display_name="Disruption budgets select pods",
    group=groups.WIRING.name,
    severity=Severity.MEDIUM,
    tags=groups.WIRING.tags,
    description=(
        "The selector of every PodDisruptionBudget in a meshed namespace matches pods of the stack."
    ),
    why=(
        "A budget that selects no pod deploys without an error, and a drain can stop all the "
        "pods that it was meant for."
    ),
    remediation="Use the labels of the pod template.",
    source="https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
    settings=(EXTERNAL, MESHED_NAMESPACES),
    check=check_budgets,
    bad=NAMESPACE + "---\n" + _PROTECTED.format(app="card") + _CART,
    good=NAMESPACE + "---\n" + _PROTECTED.format(app="cart") + _CART,
)

RULES = (DANGLING_REFERENCES, DISRUPTION_BUDGETS)

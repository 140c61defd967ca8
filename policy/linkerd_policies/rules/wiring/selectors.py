"""Wiring: Services that select no pods, and workloads that select each other's pods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, Settings, StackRule
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, elements, peek
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.label_selector import takes
from linkerd_policies.reading.mesh import meshed_namespaces, objects_in, unknown_namespaces
from linkerd_policies.reading.messages import must_be_plain
from linkerd_policies.reading.pods import Pods, all_pods, may_take
from linkerd_policies.reading.scalers import borrowed
from linkerd_policies.reading.services import is_external_name, is_headless, selector_of
from linkerd_policies.reading.settings import MESHED_NAMESPACES
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import NAMESPACE
from linkerd_policies.rules.wiring.dangling import EXTERNAL


def check_services(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """Every Service selects pods of the stack that have the ports that it names."""
    meshed = meshed_namespaces(objects, settings)
    yield from unknown_namespaces(meshed, objects, (linkerd.SERVICE,))
    for obj in objects_in(meshed, objects, linkerd.SERVICE):
        for message in _service_violations(obj, objects, settings["external"]):
            yield Finding(message, obj.urn)


def _service_violations(
    obj: KubeObject, objects: Sequence[KubeObject], external: Sequence[str]
) -> Iterator[str]:
    selector = selector_of(obj)
    if selector is UNKNOWN:
        yield must_be_plain(obj, "spec.selector")
    elif selector and not is_headless(obj) and not is_external_name(obj):
        wanted = {"matchLabels": selector}
        pods = may_take(objects, wanted)
        local = [pod for pod in pods if pod.namespace in (obj.namespace, UNKNOWN)]
        verdicts = [(pod, takes(wanted, pod.labels)) for pod in local]
        selected = [pod for pod, verdict in verdicts if verdict is True]
        hidden = [pod for pod, verdict in verdicts if verdict is UNKNOWN]
        if selected:
            yield from _port_violations(obj, selected)
        elif hidden:
            yield must_be_plain(hidden[0].obj, "the labels of the pods")
        elif obj.key not in external:
            yield (
                f"Correct spec.selector of {obj}, or list it in the rule's setting external: no "
                "pod of the stack has these labels, so every request to it fails."
            )


def _port_violations(obj: KubeObject, pods: Sequence[Pods]) -> Iterator[str]:
    for index, port in enumerate(elements(peek(obj.props, "spec", "ports"))):
        target, path = peek(port, "targetPort"), f"spec.ports[{index}].targetPort"
        if target is UNKNOWN:
            yield must_be_plain(obj, path)
        elif isinstance(target, str) and not target.isdigit():
            for pod in pods:
                if pod.ports is UNKNOWN:
                    yield must_be_plain(pod.obj, "the ports of the containers")
                elif target not in pod.ports:
                    yield (
                        f"Correct {path} of {obj}, or give a port of {pod.obj} this name: its "
                        "containers have no such port, so requests to it fail."
                    )


def check_workloads(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """No workload's selector takes another one's pods."""
    meshed = meshed_namespaces(objects, settings)
    yield from unknown_namespaces(meshed, objects, _SELECTING)
    selecting = set(map(id, objects_in(meshed, objects, *_SELECTING)))
    for owner in all_pods(objects):
        if id(owner.obj) in selecting:
            yield from _overlaps(owner, objects)


def _overlaps(owner: Pods, objects: Sequence[KubeObject]) -> Iterator[Finding]:
    obj = owner.obj
    selector = peek(obj.props, "spec", "selector")
    for other in may_take(objects, selector):
        mine = obj is other.obj or borrowed(obj) == (other.obj.kind, other.obj.name)
        if not mine and owner.namespace == other.namespace:
            verdict = takes(selector, other.labels)
            if verdict is UNKNOWN:
                path = "spec.selector and the labels of the pods"
                yield Finding(must_be_plain(obj, path), obj.urn)
            elif verdict:
                yield Finding(
                    f"Narrow spec.selector of {obj}: it takes the pods of {other.obj} as well, "
                    "and so does whatever selects by the same labels.",
                    obj.urn,
                )


_SELECTING = frozenset(
    {
        ("apps", "Deployment"),
        ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"),
        ("apps", "StatefulSet"),
        ("argoproj.io", "Rollout"),
    }
)


_SERVICE = """\
apiVersion: v1
kind: Service
metadata: {{name: cart, namespace: shop}}
spec: {{ports: [{{port: 80, targetPort: http}}], selector: {{app: {app}}}}}
---
"""
_DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: shop}}
spec:
  selector: {{matchLabels: {selector}}}
  template:
    metadata: {{labels: {labels}}}
    spec: {{containers: [{{name: app, image: app, ports: [{{name: http, containerPort: 8080}}]}}]}}
"""
_CART = _DEPLOYMENT.format(name="cart", selector="{app: cart}", labels="{app: cart}")
_V2 = _DEPLOYMENT.format(name="cart-v2", selector="{v: v2}", labels="{app: cart, v: v2}")
_APART = _DEPLOYMENT.format(name="web", selector="{app: web}", labels="{app: web}")

SERVICE_ENDPOINTS = StackRule(
    name="linkerd-service-endpoints",
    display_name="Services select pods",
    group=groups.WIRING.name,
    severity=Severity.HIGH,
    tags=groups.WIRING.tags,
    description=(
        "The selector of every Service in a meshed namespace selects pods of the stack, and they "
        "have the ports that the Service names."
    ),
    why=(
        "A Service that selects no pod deploys without an error. The proxies then answer every "
        "request to it with an error after a wait. Headless Services, and those without a "
        "selector, are not checked."
    ),
    remediation=(
        "Correct the selector or targetPort. List Services of pods that an operator creates in "
        "the setting external."
    ),
    source="https://kubernetes.io/docs/concepts/services-networking/service/",
    settings=(EXTERNAL, MESHED_NAMESPACES),
    check=check_services,
    bad=NAMESPACE + "---\n" + _SERVICE.format(app="card") + _CART,
    good=NAMESPACE + "---\n" + _SERVICE.format(app="cart") + _CART,
)

WORKLOAD_SELECTORS = StackRule(
    name="linkerd-workload-selectors",
    display_name="Workloads select their own pods",
    group=groups.WIRING.name,
    severity=Severity.HIGH,
    tags=groups.WIRING.tags,
    description=(
        "No workload in a meshed namespace has a selector that matches another workload's pods."
    ),
    why=(
        "Kubernetes warns of overlapping selectors, and does not prevent them: autoscalers and "
        "disruption budgets count the wrong pods, and Services and Servers with the same labels "
        "reach both versions."
    ),
    remediation=(
        "Put a label that differs, such as the version, into the selector and the template."
    ),
    source="https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#selector",
    settings=(MESHED_NAMESPACES,),
    check=check_workloads,
    bad=NAMESPACE + "---\n" + _CART + "---\n" + _V2,
    good=NAMESPACE + "---\n" + _CART + "---\n" + _APART,
)

RULES = (SERVICE_ENDPOINTS, WORKLOAD_SELECTORS)

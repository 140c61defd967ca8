"""Unknown values that hide from the preview who calls a Service with retries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from linkerd_policies.framework.model import Finding
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, keys, peek
from linkerd_policies.reading import linkerd
from linkerd_policies.reading.messages import annotation, must_be_plain
from linkerd_policies.reading.pod_templates import POD_TEMPLATES
from linkerd_policies.reading.pods import Pods, all_pods
from linkerd_policies.reading.services import selector_of, selects, services_of


def hidden_calls(objects: Sequence[KubeObject], retried: Collection[str]) -> Iterator[Finding]:
    """Workloads that may be behind a ``retried`` Service, or may call one, and Services likewise.

    Where a pod template's annotations are unknown as a whole, the rule
    ``linkerd-workload-strict-mtls`` says so.
    """
    if not retried:
        return
    pods = all_pods(objects)
    for pod in pods:
        if pod.namespace is UNKNOWN:
            yield Finding(must_be_plain(pod.obj, "metadata.namespace"), pod.obj.urn)
        yield from _hidden_callees(pod)
    for key, service in services_of(objects).by_key.items():
        if key in retried:
            yield from _hidden_pods(service, pods)


def _hidden_callees(pod: Pods) -> Iterator[Finding]:
    holder = (*POD_TEMPLATES[pod.obj.group_kind], "metadata")
    annotations = peek(pod.obj.props, *holder, "annotations")
    if linkerd.CALLS in keys(annotations) and peek(annotations, linkerd.CALLS) is UNKNOWN:
        path = annotation(linkerd.CALLS, ".".join(holder))
        yield Finding(must_be_plain(pod.obj, path), pod.obj.urn)


def _hidden_pods(service: KubeObject, pods: Sequence[Pods]) -> Iterator[Finding]:
    selector = selector_of(service)
    if selector is UNKNOWN:
        yield Finding(must_be_plain(service, "spec.selector"), service.urn)
        return
    for pod in pods:
        if pod.namespace == service.namespace and selects(selector, pod.labels) is UNKNOWN:
            yield Finding(must_be_plain(pod.obj, "the labels of the pods"), pod.obj.urn)

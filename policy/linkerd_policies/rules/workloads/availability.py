"""Workloads: probes, replicas and disruption budgets."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.model import Finding, Settings, StackRule, switch, whole_number
from linkerd_policies.framework.objects import UNKNOWN, KubeObject, keys, peek
from linkerd_policies.framework.stack import of_kinds, once
from linkerd_policies.reading import scalers
from linkerd_policies.reading.label_selector import takes
from linkerd_policies.reading.meshed_workloads import (
    Container,
    Workload,
    for_containers,
    meshed_workloads,
    wanted,
)
from linkerd_policies.reading.messages import must_be_plain, shown
from linkerd_policies.reading.pods import may_take
from linkerd_policies.reading.settings import MESHED_SETTINGS
from linkerd_policies.rules import groups
from linkerd_policies.rules.examples import GOOD, without

_TAGS = ("linkerd", "workloads", "reliability")
_RUN_TO_COMPLETION = frozenset({("batch", "Job"), ("batch", "CronJob")})
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
_LIVENESS = switch("requireLiveness", "Whether such a container needs a livenessProbe as well.")


def check_probes(workload: Workload, container: Container, settings: Settings) -> Iterator[str]:
    """A container with ports has a readiness probe, and strict mTLS lets every probe through."""
    for key in _PROBES:
        grpc = peek(container.spec, key, "grpc")
        if grpc is not None and grpc is not UNKNOWN:
            yield (
                f"Replace {container.path}.{key}.grpc of {workload.obj} by httpGet or exec: "
                "Linkerd lets the kubelet in for httpGet probes only, and strict mTLS refuses "
                "this one."
            )
    if container.serves and workload.obj.group_kind not in _RUN_TO_COMPLETION:
        required = ["readinessProbe", *(["livenessProbe"] if settings[_LIVENESS.name] else [])]
        if peek(container.spec, "ports"):
            yield from _missing_probes(workload, container, required)


def _missing_probes(
    workload: Workload, container: Container, required: Sequence[str]
) -> Iterator[str]:
    for key in required:
        probe, path = peek(container.spec, key), f"{container.path}.{key}"
        message = (
            f"Add {path} to {workload.obj}, with httpGet or exec: a container with ports must "
            "report its state."
        )
        yield from wanted(workload, path, probe, bool(keys(probe)), message)


WORKLOAD_PROBES = StackRule(
    name="linkerd-workload-probes",
    display_name="Meshed containers have probes that work",
    group=groups.WORKLOADS.name,
    severity=Severity.MEDIUM,
    tags=_TAGS,
    description="Every container with ports has a readinessProbe, and no probe uses gRPC.",
    why=(
        "Without a readinessProbe a pod gets requests as soon as its process starts, and a "
        "rollout continues even if the pod does not work. Linkerd authorizes httpGet probes by "
        "itself. A gRPC probe has no mesh identity, so a strict policy refuses it and the pod "
        "never becomes ready."
    ),
    remediation="Add a readinessProbe with httpGet, or with exec where the container has no HTTP.",
    source="https://linkerd.io/2-edge/features/server-policy/",
    settings=(_LIVENESS, *MESHED_SETTINGS),
    check=for_containers(check_probes),
    bad=without("          readinessProbe: {httpGet: {path: /ready, port: 8080}}\n"),
    good=GOOD,
)

_REPLICATED = frozenset(
    {
        ("", "ReplicationController"),
        ("apps", "Deployment"),
        ("apps", "ReplicaSet"),
        scalers.ROLLOUT,
    }
)
_BUDGET = ("policy", "PodDisruptionBudget")
_MINIMUM = whole_number(
    "minimumReplicas",
    "The smallest number of pods of a meshed Deployment. From 2 on, each Deployment also needs a "
    "PodDisruptionBudget.",
    default=1,
    minimum=1,
    maximum=50,
)


def check_replicas(objects: Sequence[KubeObject], settings: Settings) -> Iterator[Finding]:
    """Enough pods run, and a drain leaves some of them."""
    minimum = int(settings[_MINIMUM.name])
    for workload in meshed_workloads(objects, settings):
        obj = workload.obj
        if minimum > 1 and obj.group_kind in _REPLICATED:
            for message in _replica_violations(obj, objects, minimum):
                yield Finding(message, obj.urn)
            if not (obj.patch or scalers.borrowed(obj) or id(obj) in _covered(objects)):
                yield Finding(
                    f"Add a PodDisruptionBudget that selects the pods of {obj}: the drain of a "
                    "node may otherwise stop all of them at once.",
                    obj.urn,
                )


def _replica_violations(
    obj: KubeObject, objects: Sequence[KubeObject], minimum: int
) -> Iterator[str]:
    for least in scalers.least(obj, objects):
        holder, path, value = least.obj, least.path, least.value
        if value is UNKNOWN:
            yield must_be_plain(holder, path)
        elif not (holder.patch and value is None) and _count(value, least.default) < minimum:
            canary = scalers.flagger_canary(holder, objects)
            found = f"{minimum} or more (found {shown(value)})"
            if canary is None:
                yield f"Set {path} of {holder} to {found}."
            else:
                yield (
                    f"Scale {holder} by a HorizontalPodAutoscaler with spec.minReplicas of {found},"
                    f" and name that in spec.autoscalerRef of {canary}, which sets the number of "
                    "pods itself."
                )


def _count(value: Any, default: int) -> float:
    """The number of pods that it asks for: ``default`` where it is not a number."""
    return value if isinstance(value, (int, float)) else default


@once
def _covered(objects: Sequence[KubeObject]) -> Collection[int]:
    """The workloads whose pods a disruption budget selects, by their identity."""
    found = set()
    for budget in of_kinds(objects, _BUDGET):
        selector = peek(budget.props, "spec", "selector")
        for pod in may_take(objects, selector):
            if pod.namespace == budget.namespace and takes(selector, pod.labels) is True:
                found.add(id(pod.obj))
    return found


_PAIR = f"""\
{GOOD}---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: cart, namespace: shop}}
spec:
  maxUnavailable: 1
  selector: {{matchLabels: {{app: cart}}}}
"""

WORKLOAD_REPLICAS = StackRule(
    name="linkerd-workload-replicas",
    display_name="Meshed workloads survive the loss of a node",
    group=groups.WORKLOADS.name,
    severity=Severity.MEDIUM,
    tags=_TAGS,
    description="A meshed Deployment runs enough pods, and has a disruption budget.",
    why=(
        "A single pod is lost with its node, and its callers' retries have no other pod. Where a "
        "HorizontalPodAutoscaler, a ScaledObject of KEDA or an Argo Rollout sets the number, that "
        "is what counts. A "
        "budget keeps a drain from stopping all pods at once. StatefulSets are not checked: a "
        "second replica does not make a store safer. By default nothing is required, because a "
        "development cluster needs no second pod; production sets `minimumReplicas`."
    ),
    remediation="Set spec.replicas, or the minimum of the autoscaler, to 2 or more, and add a "
    "PodDisruptionBudget.",
    source="https://kubernetes.io/docs/tasks/run-application/configure-pdb/",
    settings=(_MINIMUM, *MESHED_SETTINGS),
    example_settings={"minimumReplicas": 2},
    check=check_replicas,
    bad=GOOD,
    good=_PAIR,
)

RULES = (WORKLOAD_PROBES, WORKLOAD_REPLICAS)

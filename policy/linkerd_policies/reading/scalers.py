"""Who decides how many pods a workload has: itself, or another object that scales or owns it.

Sources: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/,
https://keda.sh/docs/latest/reference/scaledobject-spec/,
https://argo-rollouts.readthedocs.io/en/stable/migrating/,
https://docs.flagger.app/usage/how-it-works#canary-target.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from linkerd_policies.framework.objects import UNKNOWN, KubeObject, as_name, peek
from linkerd_policies.framework.stack import of_kinds, once
from linkerd_policies.reading import linkerd

ROLLOUT = ("argoproj.io", "Rollout")
_SCALED_OBJECT = ("keda.sh", "ScaledObject")
_AUTOSCALERS: Mapping[tuple[str, str], tuple[str, int]] = {
    ("autoscaling", "HorizontalPodAutoscaler"): ("minReplicas", 1),
    ("datadoghq.com", "WatermarkPodAutoscaler"): ("minReplicas", 1),
    _SCALED_OBJECT: ("minReplicaCount", 0),
}
"""Where each autoscaler has the least number of pods, and what it is by default."""

_Target: TypeAlias = tuple[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Least:
    """How many pods there are at least: what the object says at ``path``, or ``default``."""

    obj: KubeObject
    path: str
    value: Any
    default: int


def least(obj: KubeObject, objects: Sequence[KubeObject]) -> Iterator[Least]:
    """Every place that bounds the number of a workload's pods from below.

    That of the autoscalers, if there are any. None where an Argo Rollout takes the workload over:
    that has a number of its own.
    """
    scalers = _scalers(objects).get((obj.namespace, obj.kind, obj.name), ())
    for scaler in scalers:
        key, default = _AUTOSCALERS[scaler.group_kind]
        yield Least(scaler, f"spec.{key}", peek(scaler.props, "spec", key), default)
        idle = peek(scaler.props, "spec", "idleReplicaCount")
        if scaler.group_kind == _SCALED_OBJECT and idle is not None:
            yield Least(scaler, "spec.idleReplicaCount", idle, 0)
    if not scalers and not _is_taken_over(obj, objects):
        yield Least(obj, "spec.replicas", peek(obj.props, "spec", "replicas"), 1)


def flagger_canary(obj: KubeObject, objects: Sequence[KubeObject]) -> KubeObject | None:
    """The automated canary that scales a workload: Flagger stops it between two releases."""
    return _canaries(objects).get((obj.namespace, obj.kind, obj.name))


def borrowed(obj: KubeObject) -> tuple[Any, Any] | None:
    """Kind and name of the workload whose pods an Argo Rollout takes over."""
    if obj.group_kind != ROLLOUT or peek(obj.props, "spec", "workloadRef") is None:
        return None
    kind, name = (as_name(peek(obj.props, "spec", "workloadRef", key)) for key in ("kind", "name"))
    return kind, name


def _is_taken_over(obj: KubeObject, objects: Sequence[KubeObject]) -> bool:
    return any(
        rollout.namespace == obj.namespace and borrowed(rollout) == (obj.kind, obj.name)
        for rollout in of_kinds(objects, ROLLOUT)
    )


@once
def _scalers(objects: Sequence[KubeObject]) -> Mapping[_Target, Sequence[KubeObject]]:
    found: dict[_Target, list[KubeObject]] = defaultdict(list)
    for obj in of_kinds(objects, *_AUTOSCALERS):
        found[_target(obj, "scaleTargetRef")].append(obj)
    return found


@once
def _canaries(objects: Sequence[KubeObject]) -> Mapping[_Target, KubeObject]:
    return {_target(obj, "targetRef"): obj for obj in of_kinds(objects, linkerd.FLAGGER_CANARY)}


def _target(obj: KubeObject, key: str) -> _Target:
    """Namespace, kind and name of what an object scales. KEDA's kind is a Deployment by default."""
    target: Any = peek(obj.props, "spec", key)
    kind, name = (as_name(peek(target, part)) for part in ("kind", "name"))
    if kind is None and target is not UNKNOWN:
        kind = linkerd.DEPLOYMENT[1]
    return obj.namespace, kind, name

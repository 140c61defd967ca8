"""What is lost in a deletion or a replacement, for each kind of object."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from commands.preview.leaves import lookup
from commands.preview.model import Loss, Special, Step

_Losing = Callable[[Step], Loss]


def loss(step: Step) -> Loss:
    """What is lost when the step's object is deleted, or replaced by a new one."""
    if step.retained:
        return Loss(text="stays in the cluster, but is no longer managed")
    found = _LOSSES.get(step.kind)
    return found(step) if found else Loss(text=_PLAIN.get(step.kind, "the object"))


def _stateful_set(step: Step) -> Loss:
    if lookup(step.old, "spec", "volumeClaimTemplates") in (Special.ABSENT, None, []):
        return Loss(text="its pods")
    policy = ("spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted")
    # Kubernetes keeps the volumes by default:
    # https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
    if lookup(step.old, *policy) == "Delete":
        return Loss(text="ALL ITS DATA: its volumes are deleted with it", is_data=True)
    return Loss(text="its pods; its volumes stay")


def _deployment(step: Step) -> Loss:
    replicas = lookup(step.old, "spec", "replicas")
    return Loss(text=f"its pods ({replicas})" if isinstance(replicas, int) else "its pods")


_LOSSES: Mapping[str, _Losing] = {
    "StatefulSet": _stateful_set,
    "Deployment": _deployment,
    "Namespace": lambda _: Loss(text="EVERYTHING IN IT, volumes and their data", is_data=True),
    "PersistentVolumeClaim": lambda _: Loss(text="ALL THE VOLUME'S DATA", is_data=True),
    "CustomResourceDefinition": lambda _: Loss(
        text="EVERY OBJECT OF ITS KIND, in all namespaces", is_data=True
    ),
    "Cluster": lambda _: Loss(text="ALL ITS DATA: the operator deletes its volumes", is_data=True),
}
_PLAIN: Mapping[str, str] = {
    "Service": "the name by which it is called",
    "ServiceProfile": "its routes, with their timeouts and retries",
    "HTTPRoute": "the route, with its timeout and retries",
    "GRPCRoute": "the route, with its timeout and retries",
    "TrafficSplit": "the canary: the stable version gets every request",
    "HorizontalPodAutoscaler": "the autoscaling: the number of pods stays as it is",
    "PodDisruptionBudget": "the limit on evictions",
    "Secret": "its keys, which pods need to start",
    "ConfigMap": "its keys, which pods need to start",
    "CronJob": "the schedule, and its last Jobs",
    "Release": "everything that the chart installed",
    "RandomPassword": "the password",
    "PrivateKey": "the key",
    "Server": "the port's own rules: the namespace's inbound policy applies again",
    "AuthorizationPolicy": "an authorization: clients that it allowed are refused",
    "NetworkAuthentication": "the list of allowed networks",
    "MeshTLSAuthentication": "the list of allowed identities",
    "EgressNetwork": "the limit on egress: every host can be reached",
    "NetworkPolicy": "the limit on traffic",
    "ServiceAccount": "the identity of its pods",
}

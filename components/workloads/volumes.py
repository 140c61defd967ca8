"""Persistent volume claims, and whether they outlive their StatefulSet."""

from __future__ import annotations

import pulumi_kubernetes as k8s


def claim(size: str) -> k8s.core.v1.PersistentVolumeClaimArgs:
    """The claim ``data`` of a StatefulSet's template."""
    return k8s.core.v1.PersistentVolumeClaimArgs(
        metadata=k8s.meta.v1.ObjectMetaArgs(name="data"), spec=claim_spec(size)
    )


def claim_spec(size: str) -> k8s.core.v1.PersistentVolumeClaimSpecArgs:
    """A volume of the cluster's default storage class, for one node at a time."""
    return k8s.core.v1.PersistentVolumeClaimSpecArgs(
        access_modes=["ReadWriteOnce"],
        resources=k8s.core.v1.VolumeResourceRequirementsArgs(requests={"storage": size}),
    )


def retention(
    keep: bool,
) -> k8s.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicyArgs:
    """Whether the volume outlives the StatefulSet. It always outlives a pod.

    Source:
    https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
    """
    return k8s.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicyArgs(
        when_deleted="Retain" if keep else "Delete", when_scaled="Retain"
    )

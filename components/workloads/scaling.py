"""Disruption budgets and autoscalers."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes as k8s

from components.config.catalogue.containers import Autoscaling


def disruption_budget(
    name: str,
    *,
    metadata: k8s.meta.v1.ObjectMetaArgs,
    selected: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> k8s.policy.v1.PodDisruptionBudget:
    """At most one of the selected pods is evicted at a time. Pods that are not ready always may be.

    Source: https://kubernetes.io/docs/tasks/run-application/configure-pdb/
    """
    return k8s.policy.v1.PodDisruptionBudget(
        name,
        metadata=metadata,
        spec=k8s.policy.v1.PodDisruptionBudgetSpecArgs(
            max_unavailable=1,
            unhealthy_pod_eviction_policy="AlwaysAllow",
            selector=k8s.meta.v1.LabelSelectorArgs(match_labels=selected),
        ),
        opts=opts,
    )


def autoscaler(
    name: str,
    scaling: Autoscaling,
    *,
    metadata: k8s.meta.v1.ObjectMetaArgs,
    opts: pulumi.ResourceOptions,
) -> k8s.autoscaling.v2.HorizontalPodAutoscaler:
    """Scales the Deployment of the same name by the CPU that its pods use."""
    target = k8s.autoscaling.v2.MetricTargetArgs(
        type="Utilization", average_utilization=scaling.cpu
    )
    metric = k8s.autoscaling.v2.MetricSpecArgs(
        type="Resource",
        resource=k8s.autoscaling.v2.ResourceMetricSourceArgs(name="cpu", target=target),
    )
    return k8s.autoscaling.v2.HorizontalPodAutoscaler(
        name,
        metadata=metadata,
        spec=k8s.autoscaling.v2.HorizontalPodAutoscalerSpecArgs(
            scale_target_ref=k8s.autoscaling.v2.CrossVersionObjectReferenceArgs(
                api_version="apps/v1", kind="Deployment", name=name
            ),
            min_replicas=scaling.min,
            max_replicas=scaling.max,
            metrics=[metric],
        ),
        opts=opts,
    )

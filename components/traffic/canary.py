"""A canary by TrafficSplit: the leaf Service of the new version, and the split of the apex."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_kubernetes as k8s

from components.names import leaf, split
from components.plan.weights import Weights
from components.resources.labels import selector
from components.resources.objects import Context, custom_resource
from components.resources.options import moved_out_of
from components.resources.specs.traffic_split import TRAFFIC_SPLIT, TrafficSplitSpec
from components.workloads.services import ServicePort, service


def leaf_service(
    name: str,
    version: str,
    *,
    context: Context,
    ports: Sequence[ServicePort],
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.Service:
    """The Service ``<name>-<version>``, which selects one version's pods.

    ``ports`` are those that callers use on the apex.
    """
    return service(
        leaf(name, version),
        owner=name,
        context=context,
        ports=ports,
        selector=selector(name, version),
        opts=moved_out_of("platform:traffic:Leaf", name, opts),
    )


def traffic_split(
    name: str,
    version: str,
    weights: Weights,
    *,
    context: Context,
    opts: pulumi.ResourceOptions,
) -> k8s.apiextensions.CustomResource:
    """Splits the requests to the apex between it and ``version``.

    A change of the weights changes this object alone. The SMI extension writes the split into the
    apex's ServiceProfile, which has to exist first: https://linkerd.io/2-edge/tasks/linkerd-smi/
    """
    spec = TrafficSplitSpec(
        service=name,
        backends=[
            {"service": name, "weight": weights.stable},
            {"service": leaf(name, version), "weight": weights.canary},
        ],
    )
    return custom_resource(
        split(name),
        TRAFFIC_SPLIT,
        spec,
        metadata=context.metadata(split(name), name),
        opts=moved_out_of("platform:traffic:TrafficSplit", name, opts),
    )

"""A canary by TrafficSplit: the leaf Service of the new version, and the split of the apex."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.names import leaf
from components.plan.weights import Weights
from components.resources.labels import labels, selector
from components.workloads.services import ServicePort, service


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafArgs:
    """The version that the leaf selects, on the ports that callers dial on the apex."""

    namespace: str
    version: str
    ports: Sequence[ServicePort]


class Leaf(pulumi.ComponentResource):
    """The Service that selects one version's pods, under the name ``<service>-<version>``."""

    def __init__(
        self, name: str, args: LeafArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Create the leaf of the service called ``name``."""
        super().__init__("platform:traffic:Leaf", name, None, opts)
        service(
            leaf(name, args.version),
            owner=name,
            namespace=args.namespace,
            ports=args.ports,
            selector=selector(name, args.version),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficSplitArgs:
    """The version that takes its share from the apex, and both weights."""

    namespace: str
    version: str
    weights: Weights


class TrafficSplit(pulumi.ComponentResource):
    """Splits the requests to the apex; a change of the weights changes this object alone.

    The SMI extension writes the split into the apex's ServiceProfile, which has to be there first:
    https://linkerd.io/2-edge/tasks/linkerd-smi/
    """

    def __init__(
        self, name: str, args: TrafficSplitArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Write the split of the service called ``name``."""
        super().__init__("platform:traffic:TrafficSplit", name, None, opts)
        k8s.apiextensions.CustomResource(
            f"{name}-split",
            api_version="split.smi-spec.io/v1alpha2",
            kind="TrafficSplit",
            metadata=k8s.meta.v1.ObjectMetaArgs(
                name=f"{name}-split", namespace=args.namespace, labels=labels(name)
            ),
            spec={
                "service": name,
                "backends": [
                    {"service": name, "weight": args.weights.stable},
                    {"service": leaf(name, args.version), "weight": args.weights.canary},
                ],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})

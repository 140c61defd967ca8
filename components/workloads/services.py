"""Kubernetes Services for the mesh: ports, and the protocol where Linkerd cannot detect it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.config.catalogue.containers import Protocol
from components.config.catalogue.model import Service
from components.linkerd.shared import words
from components.resources.objects import SKIP_AWAIT, Context

# https://linkerd.io/2-edge/features/protocol-detection/: any other appProtocol would be opaque.
_APP_PROTOCOLS: Mapping[Protocol, str] = {
    "http": "http",
    "http2": "kubernetes.io/h2c",
    "grpc": "kubernetes.io/h2c",
}
# The policy pack refuses an object that is open to clients outside the cluster, unless the object
# gives a reason in this annotation.
DECLARED = {words.ALLOW_EXPOSURE: "The catalogue's gateway serves clients outside the cluster."}
OPAQUE_PORTS = words.OPAQUE_PORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePort:
    """A port of a Service, which is also the container's port.

    ``label`` is the name of an extra port. The main port has none.
    """

    number: int
    protocol: Protocol
    label: str | None = None

    @property
    def name(self) -> str:
        """The port's name in pods and Services."""
        return self.label or self.protocol

    @property
    def app_protocol(self) -> str | None:
        """The protocol as Linkerd reads it from the Service; ``None`` if it can do without."""
        return _APP_PROTOCOLS.get(self.protocol)


def ports_of(entry: Service) -> list[ServicePort]:
    """The ports of a catalogue's service, the main one first. Empty if it has none."""
    if entry.port is None:
        return []
    main = ServicePort(number=entry.port, protocol=entry.protocol)
    extra = [
        ServicePort(number=port.port, protocol=port.protocol, label=name)
        for name, port in entry.ports.items()
    ]
    return [main, *extra]


def opaque_annotation(ports: Sequence[ServicePort]) -> dict[str, str]:
    """The annotation for ports whose protocol Linkerd must not detect. Pods need it, too."""
    opaque = ",".join(str(port.number) for port in ports if port.protocol == "tcp")
    return {OPAQUE_PORTS: opaque} if opaque else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """A LoadBalancer Service for clients outside the cluster, in the given networks only."""

    cidrs: Sequence[str]

    @property
    def is_limited(self) -> bool:
        """Whether the Service excludes some clients."""
        return not {"0.0.0.0/0", "::/0"} & set(self.cidrs)


def service(
    name: str,
    *,
    owner: str,
    context: Context,
    ports: Sequence[ServicePort],
    selector: Mapping[str, str],
    annotations: Mapping[str, str] | None = None,
    exposure: Exposure | None = None,
    is_headless: bool = False,
    opts: pulumi.ResourceOptions,
) -> k8s.core.v1.Service:
    """A Service called ``name`` for the service ``owner``; a LoadBalancer where it is exposed.

    A headless one has no address: it gives each pod of a StatefulSet a name, ready or not.
    Source: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-network-id
    """
    return k8s.core.v1.Service(
        name,
        metadata=context.metadata(
            name,
            owner,
            annotations={
                **opaque_annotation(ports),
                **(annotations or {}),
                # The Deployments are awaited already. For a Service inside the cluster, the
                # provider would wait ten more seconds for endpoints that exist.
                **(DECLARED if exposure else SKIP_AWAIT),
            },
        ),
        spec=_headless(ports, selector) if is_headless else _spec(ports, selector, exposure),
        opts=opts,
    )


def _headless(
    ports: Sequence[ServicePort], selector: Mapping[str, str]
) -> k8s.core.v1.ServiceSpecArgs:
    return k8s.core.v1.ServiceSpecArgs(
        cluster_ip="None",
        publish_not_ready_addresses=True,
        ports=list(map(_port, ports)),
        selector=selector,
    )


def _spec(
    ports: Sequence[ServicePort], selector: Mapping[str, str], exposure: Exposure | None
) -> k8s.core.v1.ServiceSpecArgs:
    if exposure is None:
        return k8s.core.v1.ServiceSpecArgs(ports=list(map(_port, ports)), selector=selector)
    # Limits need the client's address, which only `Local` preserves.
    return k8s.core.v1.ServiceSpecArgs(
        type="LoadBalancer",
        # Only the main port is open to clients without a mesh identity.
        ports=[_port(ports[0])],
        selector=selector,
        external_traffic_policy="Local" if exposure.is_limited else None,
        load_balancer_source_ranges=list(exposure.cidrs) if exposure.is_limited else None,
    )


def _port(port: ServicePort) -> k8s.core.v1.ServicePortArgs:
    return k8s.core.v1.ServicePortArgs(
        name=port.name,
        port=port.number,
        target_port=port.name,
        app_protocol=port.app_protocol,
    )

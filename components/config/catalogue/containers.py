"""What the catalogue says of a service's pods: resources, probes, scaling, ports, secrets, volume.

The models hold no Pulumi; :mod:`components.workloads` makes Kubernetes objects of them.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from components.config.scalars import (
    AbsolutePath,
    DnsLabel,
    Percent,
    Port,
    PortName,
    Quantity,
    Replicas,
    SecretKeyName,
    UrlPath,
    Variable,
    refuse,
)
from components.config.validation import Model

Protocol: TypeAlias = Literal["http", "http2", "grpc", "tcp"]


class Quantities(Model):
    """Amounts of CPU and memory as Kubernetes quantities."""

    cpu: Quantity | None = None
    memory: Quantity | None = None


class Resources(Model):
    """What a container requests and may use; the defaults suit a small demo service."""

    requests: Quantities = Quantities.model_validate({"cpu": "25m", "memory": "32Mi"})
    limits: Quantities = Quantities.model_validate({"memory": "128Mi"})


class ProxyResources(Model):
    """What Linkerd's proxy beside the container requests and may use.

    Without ``requests.cpu`` an autoscaler that looks at the CPU could not work. Source:
    https://linkerd.io/2-edge/reference/proxy-configuration/
    """

    requests: Quantities = Quantities.model_validate({"cpu": "10m", "memory": "20Mi"})
    limits: Quantities = Quantities.model_validate({"memory": "250Mi"})


class Probe(Model):
    """How the kubelet asks a container: one of the three, or none.

    Linkerd authorizes ``http`` probes by itself
    (https://linkerd.io/2-edge/features/server-policy/); ``tcp`` reaches only the proxy, and a gRPC
    probe would be refused.
    """

    http: UrlPath | None = None
    tcp: bool = False
    exec: tuple[str, ...] = ()


def _ordered(scaling: Autoscaling) -> Autoscaling:
    if scaling.max < scaling.min:
        raise refuse("`max` of at least `min`", "Raise `max`, or lower `min`.")
    return scaling


class Autoscaling(Model):
    """A HorizontalPodAutoscaler: from ``min`` to ``max`` pods of each version.

    It aims at ``cpu`` per cent (default 70) of what the pod requests, with its proxy. Source:
    https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
    """

    min: Replicas = 2
    max: Replicas
    cpu: Percent = 70


AutoscalingRange = Annotated[Autoscaling, AfterValidator(_ordered)]


class ExtraPort(Model):
    """A port besides the main one, which the service listens on under the same number."""

    port: Port
    protocol: Protocol = "http"


class SecretRef(Model):
    """One ``key`` of the Secret ``secret``: a store's ``<store>-credentials``, or the stack's."""

    secret: DnsLabel
    key: SecretKeyName


class Storage(Model):
    """A persistent volume at ``path``, one for each pod, which makes the service a StatefulSet."""

    path: AbsolutePath
    size: Quantity = "1Gi"


class Call(Model):
    """A call to a service, a store or an external, and the variable that says where it is.

    ``env`` is the variable's name, by default ``<CALLEE>_SERVICE_URL``. ``format`` ``address``
    gives ``host:port`` in place of a URL. ``port`` names one of the callee's ``ports``, where the
    main one is not meant.
    """

    service: DnsLabel
    env: Variable | None = None
    format: Literal["url", "address"] = "url"
    port: PortName | None = None


def _long(entry: object) -> object:
    return {"service": entry} if isinstance(entry, str) else entry


AnyCall = Annotated[Call, BeforeValidator(_long, json_schema_input_type=DnsLabel | Call)]
"""A call, or just the callee's name."""


class Backup(Model):
    """A dump of the store at each ``schedule`` (cron, UTC) into a volume of ``storage``.

    The newest ``keep`` dumps stay. The volume outlives the store.
    """

    schedule: str = Field(default="17 3 * * *", pattern=r"^(\S+\s+){4}\S+$")
    keep: Replicas = 7
    storage: Quantity = "2Gi"

"""What the catalogue says of a service's pods: resources, probes, scaling, ports, secrets, volume.

:mod:`components.workloads` makes Kubernetes objects of these models.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BeforeValidator, model_validator

from components.config.scalars import (
    AbsolutePath,
    CronSchedule,
    DnsLabel,
    Dumps,
    Percent,
    Port,
    PortName,
    Quantity,
    Replicas,
    SecretKeyName,
    Size,
    UrlPath,
    Variable,
    refuse,
)
from components.config.validation import Model

Protocol: TypeAlias = Literal["http", "http2", "grpc", "tcp"]


class Quantities(Model):
    """Amounts of CPU and memory, as Kubernetes quantities."""

    cpu: Quantity | None = None
    """CPU in cores, such as ``100m`` for a tenth of a core."""

    memory: Quantity | None = None
    """Memory in bytes, such as ``64Mi``."""


class Requests(Quantities):
    """Amounts that the scheduler reserves for the container."""

    cpu: Quantity | None = "25m"
    """CPU in cores, such as ``100m`` for a tenth of a core."""

    memory: Quantity | None = "32Mi"
    """Memory in bytes, such as ``64Mi``."""


class Limits(Quantities):
    """Most that the container may use."""

    memory: Quantity | None = "128Mi"
    """Memory in bytes, such as ``64Mi``."""


class Resources(Model):
    """CPU and memory of a container; the defaults suit a small demo service."""

    requests: Requests = Requests()
    """Amounts that the scheduler reserves for the container. A key that is left out has its
    default."""

    limits: Limits = Limits()
    """Most that the container may use, no less than ``requests``. ``null`` takes a limit away."""


class ProxyRequests(Quantities):
    """Amounts that the scheduler reserves for the proxy."""

    cpu: Quantity | None = "10m"
    """CPU in cores, such as ``100m`` for a tenth of a core."""

    memory: Quantity | None = "20Mi"
    """Memory in bytes, such as ``64Mi``."""


class ProxyLimits(Quantities):
    """Most that the proxy may use."""

    memory: Quantity | None = "250Mi"
    """Memory in bytes, such as ``64Mi``."""


class ProxyResources(Model):
    """CPU and memory of Linkerd's proxy beside the container.

    Source: https://linkerd.io/2-edge/reference/proxy-configuration/
    """

    requests: ProxyRequests = ProxyRequests()
    """Amounts that the scheduler reserves for the proxy. Autoscaling by CPU needs
    ``requests.cpu``."""

    limits: ProxyLimits = ProxyLimits()
    """Most that the proxy may use, no less than ``requests``."""


class Probe(Model):
    """How the kubelet probes a container: one of the three keys, or none.

    A gRPC probe is not offered, because Linkerd would refuse it. Linkerd authorizes HTTP probes:
    https://linkerd.io/2-edge/features/server-policy/
    """

    http: UrlPath | None = None
    """Path that the kubelet requests with GET on the main port."""

    tcp: bool = False
    """``true`` opens a connection to the main port. Linkerd's proxy accepts it, so it does not show
    whether the service itself listens."""

    exec: tuple[str, ...] = ()
    """Command, with its arguments, that runs in the container; exit code 0 is a success."""


class Autoscaling(Model):
    """A HorizontalPodAutoscaler for each version of the service.

    Source: https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/
    """

    min: Replicas = 2
    """Fewest pods, 1 to 1000."""

    max: Replicas
    """Most pods, 1 to 1000; at least ``min``."""

    cpu: Percent = 70
    """CPU use to aim at, in per cent of what the pods request with their proxies, 1 to 100."""

    @model_validator(mode="after")
    def _ordered(self) -> Autoscaling:
        if self.max < self.min:
            raise refuse("`max` of at least `min`", "Raise `max`, or lower `min`.")
        return self


class ExtraPort(Model):
    """A port besides the main one."""

    port: Port
    """Port that the container listens on and callers connect to, 1 to 65535."""

    protocol: Protocol = "http"
    """Protocol of the port; ``tcp`` marks it as opaque, as on the main port."""

    scraped: bool = False
    """``true`` also lets the stack's ``linkerd.scraper`` connect, for the service's own metrics."""


class SecretRef(Model):
    """One key of a Secret in the services' namespace."""

    secret: DnsLabel
    """Name of the Secret: one of the stack's ``secrets`` or ``existingSecrets``, or a store's
    ``<store>-credentials``, whose keys are ``password`` and ``url``."""

    key: SecretKeyName
    """Key in the Secret."""


class Storage(Model):
    """A persistent volume for each pod of a service."""

    path: AbsolutePath
    """Path in the container at which the volume is mounted."""

    size: Size = "1Gi"
    """Size of the volume."""


class Call(Model):
    """A call, and the environment variable that gives the caller the callee's location."""

    service: DnsLabel
    """Name of the service, store or external that is called."""

    env: Variable | None = None
    """Name of the variable; by default ``<CALLEE>_SERVICE_URL``."""

    format: Literal["url", "address"] = "url"
    """What the variable holds: ``url``, or ``address`` for ``host:port``. Stores have the URL
    only."""

    port: PortName | None = None
    """Name of one of the callee's ``ports``; by default its main port is called."""


def _long(entry: object) -> object:
    return {"service": entry} if isinstance(entry, str) else entry


AnyCall = Annotated[Call, BeforeValidator(_long, json_schema_input_type=DnsLabel | Call)]
"""A :class:`Call`, or only the callee's name."""


class Backup(Model):
    """Dumps of a store by a CronJob, into a volume of their own."""

    schedule: CronSchedule = "17 3 * * *"
    """When to dump, as five cron fields in UTC."""

    keep: Dumps = 7
    """Number of dumps to keep, 1 to 1000; older ones are deleted."""

    storage: Size = "2Gi"
    """Size of the volume for the dumps. It stays when the store is removed, unless
    ``dataStores.keepVolumes`` is false."""

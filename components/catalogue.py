"""The catalogue, ``services.yaml``: services, who calls whom, routes, versions and data stores.

The models hold what one key alone can decide; what needs two keys is in
:mod:`components.catalogue_rules`.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from components.names import url_variable
from components.scalars import (
    AbsolutePath,
    DnsLabel,
    Duration,
    Failures,
    HttpUrl,
    Image,
    Port,
    Quantity,
    Rate,
    Replicas,
    RetryLimit,
    Share,
    UrlPath,
    UserId,
    Variable,
)
from components.validation import Model

Protocol: TypeAlias = Literal["http", "http2", "grpc", "tcp"]
Style: TypeAlias = Literal["profile", "route"]
Method: TypeAlias = Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]
RetryCondition: TypeAlias = Literal["5xx", "gateway-error"]

UNSAFE_METHODS = frozenset({"POST", "PATCH"})
"""The methods that RFC 9110, section 9.2.2, does not call idempotent."""


class Quantities(Model):
    """Amounts of CPU and memory as Kubernetes quantities."""

    cpu: Quantity | None = None
    memory: Quantity | None = None


class Resources(Model):
    """What a container requests and may use; the defaults suit a small demo service."""

    requests: Quantities = Quantities.model_validate({"cpu": "25m", "memory": "32Mi"})
    limits: Quantities = Quantities.model_validate({"memory": "128Mi"})


class Probe(Model):
    """How the kubelet sees that a container is ready: one of the three.

    Linkerd authorizes ``http`` probes by itself
    (https://linkerd.io/2-edge/features/server-policy/); ``tcp`` reaches only the proxy.
    """

    http: UrlPath | None = None
    tcp: bool = False
    exec: tuple[str, ...] = ()


class Retry(Model):
    """Retries of a ``route``-style route: at most ``limit`` after the first try.

    ``timeout`` bounds each try. Source: https://linkerd.io/2-edge/reference/retries/
    """

    limit: RetryLimit
    timeout: Duration
    on: tuple[RetryCondition, ...] = Field(default=("5xx",), min_length=1)


class Route(Model):
    """One operation of a service: a method and a path, in which ``{name}`` stands for one segment.

    ``timeout`` is for the request with all its retries. ``retryable`` belongs to the style
    ``profile`` (its retry budget bounds the retries), ``retry`` to the style ``route``.
    ``idempotent`` says that a POST or PATCH may safely be sent twice.
    """

    method: Method
    path: UrlPath
    timeout: Duration | None = None
    retryable: bool = False
    idempotent: bool = False
    retry: Retry | None = None

    @property
    def name(self) -> str:
        """The route's name in metrics: ``GET /api/users``."""
        return f"{self.method} {self.path}"


class RetryBudget(Model):
    """How many retries a caller may add to its requests.

    ``ratio`` is the share of retries (default 0.2), on top of ``minRetriesPerSecond`` (default 10),
    counted over ``ttl`` (default 10s). Source:
    https://linkerd.io/2-edge/reference/service-profiles/#retry-budget
    """

    ratio: float = Field(default=0.2, ge=0, le=1)
    min_retries_per_second: int = Field(default=10, ge=0, le=100)
    ttl: Duration = "10s"


class CircuitBreaker(Model):
    """An endpoint that fails ``maxFailures`` times in a row gets no request for the penalty.

    The penalty grows from ``minPenalty`` to ``maxPenalty``. Source:
    https://linkerd.io/2-edge/reference/circuit-breaking/
    """

    max_failures: Failures = 7
    min_penalty: Duration = "1s"
    max_penalty: Duration = "1m"


class Version(Model):
    """What one version of a service has of its own; what it leaves out is the service's."""

    image: Image | None = None
    args: tuple[str, ...] | None = None
    replicas: Replicas | None = None
    env: dict[Variable, str] = Field(default_factory=dict)


class Service(Model):
    """An entry of the catalogue: one service, its container and its traffic.

    ``protocol`` ``tcp`` is for protocols that Linkerd does not read (NATS, SMTP): its port is
    marked opaque, and ``scheme`` gives the URL's scheme. ``files`` mounts files of the project,
    each at a path in the container. ``stable`` names the version that the apex Service selects.
    """

    image: Image
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: dict[Variable, str] = Field(default_factory=dict)
    replicas: Replicas = 1
    port: Port = 8080
    protocol: Protocol = "http"
    scheme: str | None = None
    probe: Probe = Probe()
    resources: Resources = Resources()
    user: UserId = 65532
    writable: tuple[AbsolutePath, ...] = ()
    files: dict[AbsolutePath, str] = Field(default_factory=dict)
    calls: tuple[DnsLabel, ...] = ()
    stable: DnsLabel = "v1"
    versions: dict[DnsLabel, Version] = Field(default_factory=dict)
    style: Style = "profile"
    routes: tuple[Route, ...] = ()
    retry_budget: RetryBudget | None = None
    circuit_breaker: CircuitBreaker | None = None

    @property
    def is_http(self) -> bool:
        """Whether Linkerd reads the requests, so that routes mean something."""
        return self.protocol != "tcp"

    @property
    def canary_version(self) -> str | None:
        """The version beside the stable one, if the service has one."""
        return next((name for name in self.versions if name != self.stable), None)

    def url(self, name: str) -> str:
        """The URL under which callers reach the service called ``name``."""
        schemes = {"http": "http", "http2": "http", "grpc": "grpc", "tcp": "tcp"}
        return f"{self.scheme or schemes[self.protocol]}://{name}:{self.port}"


class Redis(Model):
    """A Redis in the cluster, with a generated password."""

    kind: Literal["redis"]
    image: Image = "redis:7.4.6-alpine"
    storage: Quantity = "1Gi"


class PostgreSQL(Model):
    """A PostgreSQL in the cluster, with one database, one user and a generated password."""

    kind: Literal["postgresql"]
    image: Image = "postgres:17.6-alpine"
    storage: Quantity = "1Gi"
    database: DnsLabel


class External(Model):
    """A service outside the cluster."""

    url: HttpUrl


Store: TypeAlias = Annotated[Redis | PostgreSQL, Field(discriminator="kind")]


class LoadRoute(Model):
    """Requests of the load generator: ``share`` parts of the rate go to this method and path.

    A request without an answer after ``timeout`` is given up.
    """

    method: Method = "GET"
    path: UrlPath
    share: Share = 1
    timeout: Duration = "30s"


class Load(Model):
    """A load generator in the mesh, which sends requests without a body to the gateway.

    ``rate`` is in requests per second for all routes together; 0 is off. A stack's config may set
    another rate.
    """

    image: Image = "fortio/fortio:1.68.0"
    rate: Rate = 0
    routes: tuple[LoadRoute, ...] = Field(min_length=1)


class Catalogue(Model):
    """The whole of ``services.yaml``. ``gateway`` is the one service open to the outside."""

    gateway: DnsLabel
    services: dict[DnsLabel, Service] = Field(min_length=1)
    stores: dict[DnsLabel, Store] = Field(default_factory=dict)
    external: dict[DnsLabel, External] = Field(default_factory=dict)
    load: Load | None = None

    def callers(self, callee: str) -> list[str]:
        """The services that call ``callee``, in the catalogue's order."""
        return [name for name, service in self.services.items() if callee in service.calls]

    def url_of(self, callee: str) -> str:
        """The URL of a called service or external; a store's has a password and is not here.

        Raises ``KeyError`` for a callee that is neither.
        """
        if callee in self.external:
            return self.external[callee].url
        return self.services[callee].url(callee)

    def call_variables(self, caller: str) -> dict[str, str]:
        """For each callee of ``caller`` the variable that holds its URL."""
        return {callee: url_variable(callee) for callee in self.services[caller].calls}

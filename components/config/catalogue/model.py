"""The catalogue, ``services.yaml``: services, who calls whom, routes, versions and data stores.

The models hold what one key alone can decide; what needs two keys is in
:mod:`components.config.rules.catalogue`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field

from components.config.catalogue.containers import (
    AnyCall,
    AutoscalingRange,
    Backup,
    Call,
    ExtraPort,
    Probe,
    Protocol,
    ProxyResources,
    Resources,
    SecretRef,
    Storage,
)
from components.config.catalogue.responses import AnyResponseClass
from components.config.http_scalars import BudgetTtl, Ratio, RetriesPerSecond, RetryCondition
from components.config.scalars import (
    AbsolutePath,
    DnsLabel,
    Duration,
    Failures,
    HttpUrl,
    Image,
    Port,
    PortName,
    Quantity,
    Rate,
    Replicas,
    RetryLimit,
    Share,
    UrlPath,
    UserId,
    Variable,
)
from components.config.validation import Model
from components.linkerd.shared import limits
from components.names import slug, url_variable

Style: TypeAlias = Literal["profile", "route"]
Method: TypeAlias = Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]

UNSAFE_METHODS = frozenset({"POST", "PATCH"})
"""The methods that RFC 9110, section 9.2.2, does not call idempotent."""


class Retry(Model):
    """Retries of a ``route``-style route: at most ``limit`` after the first try.

    ``timeout`` bounds each try; ``on`` says which answers are asked for again: ``5xx`` (the
    default), ``gateway-error`` (502 to 504), a status or a range such as ``500-504``; of a gRPC
    service ``unavailable`` (the default), ``cancelled``, ``deadline-exceeded``, ``internal`` or
    ``resource-exhausted``. Source: https://linkerd.io/2-edge/reference/retries/
    """

    limit: RetryLimit
    timeout: Duration
    on: tuple[RetryCondition, ...] | None = Field(default=None, min_length=1)


class Route(Model):
    """One operation of a service: a method and a path, in which ``{name}`` stands for one segment.

    ``timeout`` is for the request with all its retries. ``retryable`` belongs to the style
    ``profile`` (its retry budget bounds the retries), ``retry`` to the style ``route``.
    The path of a gRPC service's method is ``/package.Service/Method``, its method POST.
    ``idempotent`` says that a POST or PATCH may safely be sent twice. ``responseClasses`` belong
    to the style ``profile``.

    ``callers`` are those of the service's callers that may use the route, by default all of them.
    Where one route of a service says it, the service takes no request that no route declares.
    """

    method: Method
    path: UrlPath
    timeout: Duration | None = None
    retryable: bool = False
    idempotent: bool = False
    retry: Retry | None = None
    callers: tuple[DnsLabel, ...] | None = Field(default=None, min_length=1)
    response_classes: tuple[AnyResponseClass, ...] = ()

    @property
    def name(self) -> str:
        """The route's name in metrics: ``GET /api/users``."""
        return f"{self.method} {self.path}"


class RetryBudget(Model):
    """How many retries a caller may add to its requests.

    ``ratio`` is the share of retries (0 to 1, default 0.2), on top of ``minRetriesPerSecond`` (0 to
    100, default 10), counted over ``ttl`` (1s to 1m, default 10s). The policy pack allows no more
    than the first two defaults, unless its config does. Source:
    https://linkerd.io/2-edge/reference/service-profiles/#retry-budget
    """

    ratio: Ratio = limits.RETRY_RATIO
    min_retries_per_second: RetriesPerSecond = limits.RETRIES_PER_SECOND
    ttl: BudgetTtl = limits.BUDGET_TTL


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

    ``port: null`` is a service that nobody calls, such as a load generator. ``protocol`` ``tcp`` is
    for protocols that Linkerd does not read (NATS, SMTP): its port is marked opaque, and ``scheme``
    gives the URL's scheme. ``files`` mounts files of the project, each at a path in the container;
    ``secrets`` gives variables their value from a Secret; ``writable`` are empty folders.
    ``openapi`` is an OpenAPI file beside the catalogue, whose operations are routes as well; a
    route of the same method and path changes what it names of the operation's.
    ``stable`` names the version that the apex Service selects. ``standsInFor`` an external: the
    service runs only where the stack's ``standIns`` name that external, and takes its calls.
    """

    image: Image
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    env: dict[Variable, str] = Field(default_factory=dict)
    secrets: dict[Variable, SecretRef] = Field(default_factory=dict)
    replicas: Replicas = 1
    autoscaling: AutoscalingRange | None = None
    port: Port | None = 8080
    protocol: Protocol = "http"
    ports: dict[PortName, ExtraPort] = Field(default_factory=dict)
    scheme: str | None = None
    probe: Probe = Probe()
    liveness: Probe = Probe()
    resources: Resources = Resources()
    proxy: ProxyResources = ProxyResources()
    user: UserId = 65532
    writable: tuple[AbsolutePath, ...] = ()
    storage: Storage | None = None
    files: dict[AbsolutePath, str] = Field(default_factory=dict)
    calls: tuple[AnyCall, ...] = ()
    stands_in_for: DnsLabel | None = None
    stable: DnsLabel = "v1"
    versions: dict[DnsLabel, Version] = Field(default_factory=dict)
    style: Style = "profile"
    routes: tuple[Route, ...] = ()
    openapi: str | None = None
    retry_budget: RetryBudget | None = None
    circuit_breaker: CircuitBreaker | None = None

    @property
    def is_http(self) -> bool:
        """Whether Linkerd reads the requests, so that routes mean something."""
        return self.port is not None and self.protocol != "tcp"

    @property
    def canary_version(self) -> str | None:
        """The version beside the stable one, if the service has one."""
        return next((name for name in self.versions if name != self.stable), None)

    @property
    def callees(self) -> tuple[str, ...]:
        """The names of those that the service calls."""
        return tuple(call.service for call in self.calls)

    def images(self) -> Iterator[Image]:
        """The images of the service and of its versions."""
        yield self.image
        yield from (version.image for version in self.versions.values() if version.image)

    def address(self, name: str, port: str | None = None) -> str:
        """Host and port under which callers reach the service called ``name``.

        Raises ``KeyError`` for an unknown port, ``ValueError`` where there is none.
        """
        number = self.port if port is None else self.ports[port].port
        if number is None:
            raise ValueError(f"{name} has no port")
        return f"{name}:{number}"

    def url(self, name: str, port: str | None = None) -> str:
        """The URL under which callers reach the service; see :meth:`address`."""
        schemes = {"http": "http", "http2": "http", "grpc": "grpc", "tcp": "tcp"}
        if port is not None:
            return f"{schemes[self.ports[port].protocol]}://{self.address(name, port)}"
        return f"{self.scheme or schemes[self.protocol]}://{self.address(name)}"


class Redis(Model):
    """A Redis in the cluster, with a generated password."""

    kind: Literal["redis"]
    image: Image = "redis:7.4.6-alpine"
    storage: Quantity = "1Gi"
    backup: Backup | None = None

    @property
    def port(self) -> int:
        """The port that its clients dial."""
        return 6379


class PostgreSQL(Model):
    """A PostgreSQL in the cluster, with one database, one user and a generated password."""

    kind: Literal["postgresql"]
    image: Image = "postgres:17.6-alpine"
    storage: Quantity = "1Gi"
    backup: Backup | None = None
    database: DnsLabel

    @property
    def port(self) -> int:
        """The port that its clients dial."""
        return 5432


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

    @property
    def container(self) -> str:
        """The name of the container that sends the route's requests: ``get-api-users``."""
        return slug(self.method, self.path)


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
        return [name for name, service in self.services.items() if callee in service.callees]

    def images(self) -> Iterator[tuple[str, Image]]:
        """Every image, each with the path of its entry."""
        for name, service in self.services.items():
            yield from ((f"services.{name}", image) for image in service.images())
        yield from ((f"stores.{name}", store.image) for name, store in self.stores.items())

    def location(self, call: Call) -> str:
        """The URL, or the address, of a called service or external.

        A store's URL has a password and is not here: ``KeyError`` for what is neither.
        """
        if call.service in self.external:
            url = self.external[call.service].url
            return url if call.format == "url" else host_and_port(url)
        callee = self.services[call.service]
        named = callee.url if call.format == "url" else callee.address
        return named(call.service, call.port)


def variable(call: Call) -> str:
    """The variable in which the caller finds the callee."""
    return call.env or url_variable(call.service)


def host_and_port(url: str) -> str:
    """``https://api.stripe.com/v1`` → ``api.stripe.com:443``."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"

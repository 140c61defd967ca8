"""The catalogue, ``services.yaml``: services, who calls whom, routes, versions and data stores.

The models check each key by itself. Checks that need two keys are in
:mod:`components.config.rules`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import Field

from components.config.catalogue.containers import (
    AnyCall,
    Autoscaling,
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
from components.config.catalogue.objectives import Objective
from components.config.catalogue.responses import ResponseClass
from components.config.http_scalars import BudgetTtl, Ratio, RetriesPerSecond, RetryCondition
from components.config.scalars import (
    AbsolutePath,
    Database,
    DnsLabel,
    Duration,
    Failures,
    HttpUrl,
    Image,
    Port,
    PortName,
    Rate,
    Replicas,
    RetryLimit,
    Share,
    Size,
    UrlPath,
    UrlScheme,
    UserId,
    Variable,
)
from components.config.validation import Model
from components.linkerd.shared import limits
from components.names import distinct, url_variable

Style: TypeAlias = Literal["profile", "route"]
Method: TypeAlias = Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]

UNSAFE_METHODS = frozenset({"POST", "PATCH"})
"""The methods that are not idempotent by RFC 9110, section 9.2.2."""


class Retry(Model):
    """Retries of a route in style ``route``.

    Source: https://linkerd.io/2-edge/reference/retries/
    """

    limit: RetryLimit
    """Most retries of one request after the first try: 1 to 5."""

    timeout: Duration
    """Longest time for one try, such as ``500ms``; a slower try is given up and retried."""

    on: tuple[RetryCondition, ...] | None = Field(default=None, min_length=1)
    """Answers that are retried. HTTP: ``5xx`` (default), ``gateway-error`` (502 to 504), a status
    such as ``429`` or a range such as ``500-504``; gRPC: ``unavailable`` (default), ``cancelled``,
    ``deadline-exceeded``, ``internal`` or ``resource-exhausted``."""


class Route(Model):
    """One operation of a service."""

    method: Method
    """HTTP method of the request; a gRPC method is always ``POST``."""

    path: UrlPath
    """Path of the request without its query; ``{name}`` stands for one segment. A gRPC method has
    the path ``/package.Service/Method``."""

    timeout: Duration | None = None
    """Longest time for the request with all its retries, such as ``2s``. A route that is retried
    must have one."""

    retryable: bool = False
    """``true`` lets callers retry failed requests, as far as the service's ``retryBudget`` allows.
    Only in style ``profile``."""

    idempotent: bool = False
    """``true`` states that the service recognises a repeated request, so that a POST or PATCH may
    be retried. The other methods need no such statement."""

    retry: Retry | None = None
    """Retries with a limit and a timeout for each try, only in style ``route``. Without it, the
    route is not retried."""

    callers: tuple[DnsLabel, ...] | None = Field(default=None, min_length=1)
    """Callers of the service that may use this route; by default all of them. Once one route has
    ``callers``, the service refuses every request that matches no route."""

    response_classes: tuple[ResponseClass, ...] = ()
    """Which statuses count as failures, only in style ``profile`` and not for gRPC. The first class
    that contains the status decides; without one, 5xx are failures."""

    objective: Objective | None = None
    """What callers in the mesh may expect of this route; without it, the route counts towards the
    service's objective only. A key that it leaves out has the service's value."""

    @property
    def name(self) -> str:
        """The route's name in metrics: ``GET /api/users``."""
        return f"{self.method} {self.path}"


class RetryBudget(Model):
    """How many retries a caller may add to its requests, over all routes of a service.

    The policy pack's default limits for ``ratio`` and ``minRetriesPerSecond`` equal the defaults
    here. Source: https://linkerd.io/2-edge/reference/service-profiles/#retry-budget
    """

    ratio: Ratio = limits.RETRY_RATIO
    """Retries as a share of the requests, 0 to 1: 0.2 allows one retry for every five requests."""

    min_retries_per_second: RetriesPerSecond = limits.RETRIES_PER_SECOND
    """Retries per second that are allowed in addition to ``ratio``, 0 to 100."""

    ttl: BudgetTtl = limits.BUDGET_TTL
    """Time over which requests are counted for ``ratio``, 1s to 1m."""


class CircuitBreaker(Model):
    """When callers stop sending requests to an endpoint that fails.

    Source: https://linkerd.io/2-edge/reference/circuit-breaking/
    """

    max_failures: Failures = 7
    """Failures in a row, 1 to 1000, after which callers pause requests to an endpoint."""

    min_penalty: Duration = "1s"
    """First pause for a failing endpoint, such as ``1s``. As long as it goes on failing, the pauses
    get longer, up to ``maxPenalty``."""

    max_penalty: Duration = "1m"
    """Longest pause for a failing endpoint; at least ``minPenalty``."""


class Version(Model):
    """One version of a service. A key that it leaves out has the service's value."""

    image: Image | None = None
    """Image of this version, with a tag or a digest."""

    args: tuple[str, ...] | None = None
    """Arguments of this version's container, in place of the service's ``args``."""

    replicas: Replicas | None = None
    """Number of pods of this version, 1 to 1000."""

    env: dict[Variable, str] = Field(default_factory=dict)
    """Environment variables of this version, added to the service's ``env``. They win over
    variables of the same name there."""


class Service(Model):
    """One service: its container, its calls and its traffic."""

    image: Image
    """Image of the container, with a tag or a digest."""

    command: tuple[str, ...] = ()
    """Command of the container, in place of the image's entrypoint."""

    args: tuple[str, ...] = ()
    """Arguments of the container, in place of the image's own; ``$(NAME)`` inserts a variable."""

    env: dict[Variable, str] = Field(default_factory=dict)
    """Environment variables, by name. The platform itself sets ``BACKEND_PORT`` and the variables
    of ``calls`` and ``secrets``, which values here can insert as ``$(NAME)``."""

    secrets: dict[Variable, SecretRef] = Field(default_factory=dict)
    """Environment variables whose value comes from a key of a Secret, by the variable's name."""

    replicas: Replicas = 1
    """Number of pods of each version, 1 to 1000; it has no effect with ``autoscaling``."""

    autoscaling: Autoscaling | None = None
    """Lets a HorizontalPodAutoscaler set the number of pods, in place of ``replicas``."""

    port: Port | None = 8080
    """Port that the container listens on and callers connect to; the container also finds it in
    ``BACKEND_PORT``. ``null`` is for a service that nobody calls, such as a load generator."""

    protocol: Protocol = "http"
    """Protocol of the main port. ``tcp`` marks the port as opaque, for protocols that Linkerd does
    not read, such as NATS or SMTP."""

    ports: dict[PortName, ExtraPort] = Field(default_factory=dict)
    """Ports besides the main one, by name: lower-case letters, digits and ``-``, at most 15
    characters."""

    scheme: UrlScheme | None = None
    """Scheme of the URL that callers get, such as ``nats``. The default follows from ``protocol``:
    ``http`` for http and http2, ``grpc`` and ``tcp`` for those."""

    probe: Probe = Probe()
    """Readiness probe: a pod gets no requests while it fails. By default there is none."""

    liveness: Probe = Probe()
    """Liveness probe: the kubelet restarts the container when it fails. By default there is
    none."""

    resources: Resources = Resources()
    """CPU and memory of the container."""

    proxy: ProxyResources = ProxyResources()
    """CPU and memory of Linkerd's proxy in each pod."""

    user: UserId = 65532
    """Numeric user and group id that the container runs as, 1 to 65534: never root."""

    writable: tuple[AbsolutePath, ...] = ()
    """Paths in the container of folders that it may write to; they start empty in each pod. All
    other paths are read-only, except that of ``storage``."""

    storage: Storage | None = None
    """A persistent volume for each pod, which makes the service a StatefulSet. It excludes
    ``autoscaling`` and ``versions``."""

    files: dict[AbsolutePath, str] = Field(default_factory=dict)
    """Text files to mount, by their path in the container. Each value is a path from the folder of
    the catalogue to a file in UTF-8; together they have 1 MiB at most."""

    calls: tuple[AnyCall, ...] = ()
    """Services, stores and externals that this service calls: a name, or a mapping. Services and
    stores refuse other callers, and each entry gives the container a variable with the location."""

    stands_in_for: DnsLabel | None = None
    """The external that this service plays, for instance as a mock. It runs only in stacks that
    list the external in ``standIns``, and takes the calls to the external there."""

    stable: DnsLabel = "v1"
    """Name of the stable version, which gets all requests to the service but the canary's share.
    The other entry of ``versions`` is the canary."""

    versions: dict[DnsLabel, Version] = Field(default_factory=dict)
    """Versions by name: the stable one and at most one canary. The canary runs only in stacks that
    have the service in ``canaries``."""

    style: Style = "profile"
    """How routes reach Linkerd: ``profile`` writes a ServiceProfile, with ``retryable``,
    ``retryBudget`` and ``responseClasses``; ``route`` writes HTTPRoutes or GRPCRoutes, with
    ``retry`` and ``circuitBreaker``."""

    routes: tuple[Route, ...] = ()
    """Operations of the service, each with its own metrics, timeout and retries. Only for a
    ``protocol`` other than ``tcp``."""

    openapi: str | None = None
    """Path of an OpenAPI file, from the catalogue's folder, whose operations become routes. An
    entry of ``routes`` with the same method and path overrides the keys that it sets."""

    retry_budget: RetryBudget | None = None
    """Limit on the retries of the service's callers, only in style ``profile``. Without it, the
    defaults of its keys apply."""

    circuit_breaker: CircuitBreaker | None = None
    """Stops requests to an endpoint that fails again and again, only in style ``route``. Without
    it, there is no circuit breaker."""

    objective: Objective | None = Objective()
    """What callers may expect of the service, and are alerted about; ``null`` turns it off. It has
    no effect with ``protocol: tcp``."""

    @property
    def is_http(self) -> bool:
        """Whether Linkerd reads the requests, so that routes have an effect."""
        return self.port is not None and self.protocol != "tcp"

    @property
    def canary_version(self) -> str | None:
        """The version beside the stable one, if the service has one."""
        return next((name for name in self.versions if name != self.stable), None)

    @property
    def callees(self) -> tuple[str, ...]:
        """The names of the services, stores and externals that the service calls."""
        return tuple(call.service for call in self.calls)

    def images(self) -> Iterator[Image]:
        """The images of the service and of its versions."""
        yield self.image
        yield from (version.image for version in self.versions.values() if version.image)

    def address(self, name: str, port: str | None = None) -> str:
        """Host and port at which callers reach this service, whose name is ``name``.

        ``port`` is a name in ``ports``; ``None`` is the main port. Raises ``KeyError`` for an
        unknown name, ``ValueError`` for a service without a main port.
        """
        number = self.port if port is None else self.ports[port].port
        if number is None:
            raise ValueError(f"{name} has no port")
        return f"{name}:{number}"

    def url(self, name: str, port: str | None = None) -> str:
        """The URL at which callers reach the service; see :meth:`address`."""
        schemes = {"http": "http", "http2": "http", "grpc": "grpc", "tcp": "tcp"}
        if port is not None:
            return f"{schemes[self.ports[port].protocol]}://{self.address(name, port)}"
        return f"{self.scheme or schemes[self.protocol]}://{self.address(name)}"


class Redis(Model):
    """A Redis in the cluster, with a generated password."""

    kind: Literal["redis"]
    """``redis`` makes the store a Redis."""

    image: Image = "redis:7.4.6-alpine"
    """Image of the store, with a tag or a digest."""

    storage: Size = "1Gi"
    """Size of the store's volume."""

    backup: Backup | None = None
    """Regular dumps into a volume of their own. Without it, there are none."""

    @property
    def port(self) -> int:
        """The port that clients connect to."""
        return 6379


class PostgreSQL(Model):
    """A PostgreSQL in the cluster, with one database, one user and a generated password."""

    kind: Literal["postgresql"]
    """``postgresql`` makes the store a PostgreSQL."""

    image: Image = "postgres:17.6-alpine"
    """Image of the store, with a tag or a digest. An ``operator`` in the stack's ``stores`` chooses
    its own image instead."""

    storage: Size = "1Gi"
    """Size of the store's volume, for each pod."""

    backup: Backup | None = None
    """Regular dumps into a volume of their own. Without it, there are none."""

    database: Database
    """Name of the database that the store creates: letters, digits, ``_`` and ``-``."""

    @property
    def port(self) -> int:
        """The port that clients connect to."""
        return 5432


class External(Model):
    """A service outside the cluster."""

    url: HttpUrl
    """Absolute http or https URL of the service, which its callers get in a variable."""


Store: TypeAlias = Annotated[Redis | PostgreSQL, Field(discriminator="kind")]


class LoadRoute(Model):
    """Requests of one kind that the load generator sends."""

    method: Method = "GET"
    """HTTP method of the requests."""

    path: UrlPath
    """Path of the requests, as it is sent: with values in the place of parameters."""

    share: Share = 1
    """Parts of the whole ``rate`` that go to this route, 1 to 1000; the whole is the sum of all
    routes' shares."""

    timeout: Duration = "30s"
    """Time to wait for an answer, such as ``30s``; after it the request is given up."""

    @property
    def name(self) -> str:
        """The requests in words: ``GET /api/users``."""
        return f"{self.method} {self.path}"


class Load(Model):
    """A load generator in the mesh, which sends requests without a body to the gateway."""

    image: Image = "fortio/fortio:1.68.0"
    """Image of fortio, with a tag or a digest."""

    rate: Rate = 0
    """Requests per second over all routes, 0 to 1000; 0 turns the load generator off. A stack's
    ``load.rate`` wins over it."""

    routes: tuple[LoadRoute, ...] = Field(min_length=1)
    """What is requested, and how often in proportion."""

    @property
    def containers(self) -> dict[str, LoadRoute]:
        """The routes by the names of the containers that send them, such as ``get-api-users``."""
        found = distinct([route.name for route in self.routes])
        return {found[route.name]: route for route in self.routes}


class Catalogue(Model):
    """The whole of ``services.yaml``."""

    gateway: DnsLabel
    """Name of the one service that is open to clients outside the mesh; it speaks HTTP."""

    services: dict[DnsLabel, Service] = Field(min_length=1)
    """The services, by name. A name is a DNS label that no other service, store or external has."""

    stores: dict[DnsLabel, Store] = Field(default_factory=dict)
    """The data stores in the cluster, by name."""

    external: dict[DnsLabel, External] = Field(default_factory=dict)
    """The services outside the cluster that are called, by name."""

    load: Load | None = None
    """A load generator for the gateway. Without it, there is none."""

    def callers(self, callee: str) -> list[str]:
        """The services that call ``callee``, in the catalogue's order."""
        return [name for name, service in self.services.items() if callee in service.callees]

    def images(self) -> Iterator[tuple[str, Image]]:
        """Every image of the services and stores, with the path of its entry."""
        for name, service in self.services.items():
            yield from ((f"services.{name}", image) for image in service.images())
        yield from ((f"stores.{name}", store.image) for name, store in self.stores.items())

    def location(self, call: Call, host: str | None = None) -> str:
        """The URL of the called service or external, or its address where ``format`` asks for it.

        ``host`` is the Service that serves the called port, by default the callee's own. Raises
        ``KeyError`` for a store: its URL holds a password, so it is in a Secret.
        """
        if call.service in self.external:
            url = self.external[call.service].url
            return url if call.format == "url" else host_and_port(url)
        callee = self.services[call.service]
        named = callee.url if call.format == "url" else callee.address
        return named(host or call.service, call.port)


def variable(call: Call) -> str:
    """The name of the environment variable that gives the caller the callee's location."""
    return call.env or url_variable(call.service)


def host_and_port(url: str) -> str:
    """``https://api.stripe.com/v1`` → ``api.stripe.com:443``."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"

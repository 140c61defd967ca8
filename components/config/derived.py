"""Every name that the program derives: what has it, how long it may be, and from which key.

The components take their names from :mod:`components.names`; this is the list of them all. A name
that is not here, and two entries that come to the same name, fail a test.

Sources of the limits: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ and
https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/ (63 characters for
Services, labels and the last part of an annotation's key).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from components import names
from components.config.catalogue.model import Catalogue, External, Load, Service, Store
from components.config.stack.settings import Settings

Kind: TypeAlias = Literal[
    "Canary",
    "ConfigMap",
    "CronJob",
    "EgressNetwork",
    "Entrance",
    "GRPCRoute",
    "HTTPRoute",
    "MetricTemplate",
    "NetworkPolicy",
    "PersistentVolumeClaim",
    "Secret",
    "Server",
    "Service",
    "ServiceAccount",
    "ServiceProfile",
    "TCPRoute",
    "TLSRoute",
    "TrafficSplit",
    "container",
    "workload",
]
"""What tells its members apart by name.

``workload`` is a Deployment, StatefulSet or Cluster with its autoscaler and disruption budget;
``Server`` a Server with its authentications and authorizations; ``Entrance`` an Ingress, or a
Gateway, with its Certificate.
"""

LABEL = 63
SUBDOMAIN = 253
STATEFUL_SET = 52
"""A StatefulSet's name is in a label of its pods, ``controller-revision-hash``, with eleven more.

Source: kubernetes, pkg/controller/history/controller_history.go (ControllerRevisionName)
"""
CRON_JOB = 52
"""Jobs add eleven characters: https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/."""
OPERATED = 50
"""CloudNativePG's longest name of a Cluster: its webhook, validateName."""
_SIDECARS = ("linkerd-proxy", "linkerd-init", "linkerd-network-validator", "istio-proxy")
"""Containers of the injector. It passes over a pod that seems to have them already.

Source: linkerd2, pkg/healthcheck/sidecar.go (HasExistingSidecars)
"""
_OPERATED_SECRETS = ("ca", "server", "replication", "app", "superuser")
_METRICS = ("success-rate", "latency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """One name. ``path`` is the key that it follows from, empty where the program chose it.

    ``entry`` is the name that the user wrote there; ``limit`` is the longest allowed name.
    """

    kind: Kind
    name: str
    limit: int = SUBDOMAIN
    path: str = ""
    entry: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """A catalogue's entries, as far as they are valid."""

    services: Mapping[str, Service] = field(default_factory=dict)
    stores: Mapping[str, Store] = field(default_factory=dict)
    external: Mapping[str, External] = field(default_factory=dict)
    gateway: object = None
    load: Load | None = None


def entries_of(catalogue: Catalogue) -> Entries:
    """All entries of a valid catalogue."""
    return Entries(
        services=catalogue.services,
        stores=catalogue.stores,
        external=catalogue.external,
        gateway=catalogue.gateway,
        load=catalogue.load,
    )


def derived_names(catalogue: Catalogue, settings: Settings) -> Iterator[Derived]:
    """All names of a stack: of its catalogue, and of what its settings add."""
    yield from of_catalogue(entries_of(catalogue))
    yield from of_stack(catalogue, settings)


def of_catalogue(entries: Entries) -> Iterator[Derived]:
    """The names that a catalogue takes in one stack or another."""
    yield from _reserved()
    for name, service in entries.services.items():
        yield from _of_service(name, service, is_gateway=name == entries.gateway)
    for name, store in entries.stores.items():
        yield from _of_store(name, store)
    for name, external in entries.external.items():
        kind: Kind = "TLSRoute" if external.url.startswith("https") else "HTTPRoute"
        yield Derived(kind=kind, name=names.egress_route(name), path=f"external.{name}", entry=name)
    if entries.load is not None:
        for kind in ("ServiceAccount", "workload"):
            yield Derived(kind=kind, name=names.LOAD_GENERATOR, path="load", entry="load-generator")
        yield Derived(kind="NetworkPolicy", name=names.calls(names.LOAD_GENERATOR))


def _reserved() -> Iterator[Derived]:
    """What the program, Linkerd and Kubernetes themselves have in the namespace."""
    yield Derived(kind="Server", name=names.PROXY_ADMIN)
    yield Derived(kind="EgressNetwork", name=names.EGRESS)
    yield from (Derived(kind="NetworkPolicy", name=each) for each in ("mesh", "default-deny"))
    yield Derived(kind="ServiceAccount", name="default")
    yield from (Derived(kind="container", name=each) for each in _SIDECARS)


def _of_service(name: str, service: Service, *, is_gateway: bool) -> Iterator[Derived]:
    path = f"services.{name}"

    def own(kind: Kind, derived: str, limit: int = SUBDOMAIN, key: str = "") -> Derived:
        return Derived(kind=kind, name=derived, limit=limit, path=path + key, entry=name)

    yield own("ServiceAccount", name)
    yield own("container", name)
    yield own("NetworkPolicy", names.callers(name), LABEL)
    yield own("NetworkPolicy", names.calls(name), LABEL)
    if service.files:
        yield own("ConfigMap", names.files(name))
    if service.storage:
        yield own("Service", names.governing(name), LABEL)
    if is_gateway:
        yield own("Entrance", name)
    for version in service.versions or (service.stable,):
        key = f".versions.{version}" if service.versions else ""
        limit = STATEFUL_SET if service.storage else LABEL
        yield own("workload", names.workload(name, version), limit, key)
        if service.versions and service.port is not None:
            yield own("Service", names.leaf(name, version), LABEL, key)
    if service.port is None:
        return
    yield own("Service", name, LABEL)
    if is_gateway and service.ports:
        yield own("Service", names.extra_ports(name), LABEL)
    yield from (own(kind, found, key=key) for kind, found, key in _traffic(name, service))
    yield from (own("Server", found, key=key) for found, key in _servers(name, service, is_gateway))


def _traffic(name: str, service: Service) -> Iterator[tuple[Kind, str, str]]:
    """The objects that control a service's requests, with their keys."""
    if not service.is_http:
        return
    if service.style == "profile":
        yield "ServiceProfile", name, ""
        yield "TrafficSplit", names.split(name), ""
        return
    kind: Kind = "GRPCRoute" if service.protocol == "grpc" else "HTTPRoute"
    # Two routes of one service that come to one name are a finding of their own, at the route.
    for found in dict.fromkeys(names.http_route(name, route.name) for route in service.routes):
        yield kind, found, ""
    yield kind, names.default_route(name), ""


def _servers(name: str, service: Service, is_gateway: bool) -> Iterator[tuple[str, str]]:
    yield name, ""
    if any(route.callers for route in service.routes):
        for part in names.distinct({route.name for route in service.routes}).values():
            yield names.server(name, part), ""
        if service.probe.http or service.liveness.http:
            yield names.probes(name), ""
    if is_gateway:
        yield names.clients(name), ""
    for port in service.ports:
        yield names.server(name, port), f".ports.{port}"


def _of_store(name: str, store: Store) -> Iterator[Derived]:
    def own(kind: Kind, derived: str, limit: int = SUBDOMAIN) -> Derived:
        return Derived(kind=kind, name=derived, limit=limit, path=f"stores.{name}", entry=name)

    yield own("Service", name, LABEL)
    yield own("ServiceAccount", name)
    yield own("workload", name, STATEFUL_SET)
    yield own("container", name)
    yield own("Server", name)
    yield own("NetworkPolicy", names.callers(name), LABEL)
    # Its name is in the key of an annotation, too.
    yield own("Secret", names.credentials(name), LABEL)
    # The operator's instances call each other.
    yield own("NetworkPolicy", names.calls(name), LABEL)
    if store.backup is not None:
        backup = names.backup(name)
        yield own("CronJob", backup, CRON_JOB)
        yield own("ServiceAccount", backup)
        yield own("workload", backup)
        yield own("PersistentVolumeClaim", backup)
        yield own("NetworkPolicy", names.calls(backup), LABEL)


def of_stack(catalogue: Catalogue, settings: Settings) -> Iterator[Derived]:
    """The names that a stack's settings add. ``path`` is a key of the stack's file."""
    for name in settings.secrets:
        yield Derived(kind="Secret", name=name, limit=LABEL, path=f"secrets.{name}", entry=name)
    for name, endpoint in settings.endpoints.items():
        path = f"endpoints.{name}"
        if endpoint.url is not None:
            secret = names.endpoint(name)
            yield Derived(kind="Secret", name=secret, limit=LABEL, path=path, entry=name)
        if endpoint.port is not None:
            yield Derived(kind="TCPRoute", name=names.egress_route(name), path=path, entry=name)
    tls = settings.gateway.tls
    if tls is not None and tls.issuer is not None:
        path = "gateway.tls.secret"
        yield Derived(kind="Secret", name=tls.secret, path=path, entry=tls.secret)
    if settings.gateway.kind == "gatewayApi":
        yield Derived(kind="HTTPRoute", name=catalogue.gateway, path="gateway.kind")
    for name, store in settings.stores.items():
        if store.operator is not None:
            yield from _operated(name)
    for name, canary in settings.canaries.items():
        if canary.is_automated:
            yield from _automated(name)


def _operated(name: str) -> Iterator[Derived]:
    """What CloudNativePG makes, and what it needs.

    Source: https://cloudnative-pg.io/docs/ (service management, certificates)
    """

    def own(kind: Kind, derived: str, limit: int = SUBDOMAIN) -> Derived:
        return Derived(
            kind=kind, name=derived, limit=limit, path=f"stores.{name}.operator", entry=name
        )

    yield from (own("Service", each, LABEL) for each in names.operated(name))
    yield from (own("Secret", f"{name}-{part}") for part in _OPERATED_SECRETS)
    yield own("NetworkPolicy", names.operator(name), LABEL)


def _automated(name: str) -> Iterator[Derived]:
    """What Flagger makes, and what it reads.

    Source: https://docs.flagger.app/usage/how-it-works#canary-target
    """

    def own(kind: Kind, derived: str, limit: int = SUBDOMAIN) -> Derived:
        path = f"canaries.{name}.mode"
        return Derived(kind=kind, name=derived, limit=limit, path=path, entry=name)

    primary = names.primary(name)
    yield from (own("Service", each, LABEL) for each in (primary, names.canary(name)))
    yield own("workload", primary, LABEL)
    yield own("Canary", name)
    yield from (own("MetricTemplate", names.metric(name, each)) for each in _METRICS)

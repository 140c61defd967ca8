"""What the rules are about: a stack's services, and who counts their requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from components import names
from components.config.catalogue.model import Catalogue, Route, Service
from components.config.stack.settings import Settings
from components.linkerd.releases import Release
from components.names import fqdn, workload
from components.observability import queries
from components.observability.queries import Requests
from components.plan import wiring


@dataclass(frozen=True, slots=True, kw_only=True)
class CanaryOf:
    """A canary whose weights the stack sets: its two Deployments.

    Not the weights: a change of one must change the split alone, and no rule.
    """

    stable: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A stack, as the rules need it.

    ``canaries`` are those that the stack controls, ``automated`` the services whose canary Flagger
    controls. ``backends`` are the Services behind each apex.
    ``keeps_days``: whether the Prometheus has the data of several days. Viz's own keeps six hours.
    ``renewal``: whether a certificate that ends is renewed by hand, by a run of this stack.
    """

    namespace: str
    domain: str
    release: Release
    gateway: str
    services: Mapping[str, Service]
    stateful: frozenset[str]
    canaries: Mapping[str, CanaryOf]
    automated: frozenset[str]
    backends: Mapping[str, tuple[str, ...]]
    keeps_days: bool
    renewal: bool

    @property
    def has_route_metrics(self) -> bool:
        """Whether this release's proxies count what callers see of HTTPRoutes."""
        return queries.has_route_metrics(self.release)

    def http(self) -> Iterator[tuple[str, Service]]:
        """The services whose requests the proxies read, by name."""
        yield from ((name, one) for name, one in self.services.items() if one.is_http)

    def has_meshed_callers(self, name: str) -> bool:
        """Whether services of the catalogue are the only callers, so that their proxies count."""
        called = any(name in service.callees for service in self.services.values())
        return called and name != self.gateway

    def destination(self, name: str) -> str:
        """The Service's full name and port, as proxies name it in their metrics."""
        return f"{fqdn(name, self.namespace, self.domain)}:{self.services[name].port}"

    def requests(self, name: str, route: Route | None = None) -> Requests:
        """The requests to a service or one of its routes, where its callers see them.

        The callers of the gateway, and of what no service calls, have no proxy: there the proxies
        of the service itself count. Proxies before 2.18
        do not count by HTTPRoute: there a route has the requests of its whole service.
        """
        service = self.services[name]
        if route is None and not self.has_meshed_callers(name):
            return queries.of_deployments(self.namespace, self.deployments(name))
        if service.style == "profile":
            return queries.of_profile(self.destination(name), route.name if route else None)
        if not self.has_route_metrics:
            return queries.of_services(self.namespace, self.backends[name])
        route_name = names.http_route(name, route.name) if route else None
        return queries.of_routes(self.namespace, name, route_name, protocol=service.protocol)

    def tries(self, name: str) -> Requests | None:
        """Each try of the requests to a service; ``None`` where proxies do not count them."""
        service = self.services[name]
        if service.style == "profile":
            return queries.of_profile(self.destination(name), tries=True)
        if not self.has_route_metrics:
            return None
        return queries.of_routes(self.namespace, name, protocol=service.protocol, tries=True)

    def measures(self, name: str, route: Route | None) -> bool:
        """Whether the proxies count this route's requests apart from the others."""
        return route is None or self.services[name].style == "profile" or self.has_route_metrics

    def deployments(self, name: str) -> tuple[str, ...]:
        """The Deployments of a service: one, or those of a canary."""
        canary = self.canaries.get(name)
        if canary is not None:
            return canary.stable, canary.new
        stable = workload(name, self.services[name].stable)
        return (stable, names.primary(stable)) if name in self.automated else (stable,)


def scope(catalogue: Catalogue, settings: Settings) -> Scope:
    """The scope of a stack; ``catalogue`` has its overrides applied."""
    services, linkerd = catalogue.services, settings.linkerd
    return Scope(
        namespace=settings.namespace,
        domain=linkerd.cluster_domain,
        release=linkerd.chosen,
        gateway=catalogue.gateway,
        services=services,
        stateful=frozenset(name for name, one in services.items() if one.storage is not None),
        canaries=dict(_canaries(catalogue, settings)),
        automated=frozenset(wiring.automated_canaries(settings)),
        backends={
            name: tuple(wiring.backends(name, one, settings)) for name, one in services.items()
        },
        keeps_days=settings.alert_rules != "viz",
        renewal=linkerd.identity.mode != "cert-manager",
    )


def _canaries(catalogue: Catalogue, settings: Settings) -> Iterator[tuple[str, CanaryOf]]:
    """Those that the stack controls: Flagger judges its own."""
    for name, service in catalogue.services.items():
        found, canary = wiring.canary_of(name, service, settings), settings.canaries.get(name)
        if found is not None and canary is not None and canary.weight is not None:
            yield (
                name,
                CanaryOf(stable=workload(name, service.stable), new=workload(name, found[0])),
            )

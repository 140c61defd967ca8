"""What catalogue and settings mean for each service: versions, variables, weights, style."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from components import names
from components.config.catalogue.containers import Call, SecretRef
from components.config.catalogue.model import Catalogue, External, Service, variable
from components.config.stack.canary import Canary
from components.config.stack.settings import Settings
from components.names import leaf
from components.plan.weights import TOTAL, Testers, Weights, weights


def canary_of(name: str, service: Service, settings: Settings) -> tuple[str, Weights] | None:
    """The canary's version and both weights, or ``None`` without a canary in this stack."""
    canary = settings.canaries.get(name)
    version = service.canary_version
    if canary is None or canary.weight is None or version is None:
        return None
    return version, weights(canary.weight)


def automated_canaries(settings: Settings) -> dict[str, Canary]:
    """The canaries whose weights Flagger owns, by service."""
    return {name: canary for name, canary in settings.canaries.items() if canary.is_automated}


def deployed_versions(name: str, service: Service, settings: Settings) -> list[str]:
    """The stable version, and the second one if the stack has a canary of it."""
    canary = canary_of(name, service, settings)
    return [service.stable] if canary is None else [service.stable, canary[0]]


def backends(name: str, service: Service, settings: Settings) -> dict[str, int]:
    """The Services behind the apex, with their weights: the apex itself and the canary's leaf."""
    canary = canary_of(name, service, settings)
    if canary is None:
        return {name: TOTAL}
    version, share = canary
    return {name: share.stable, leaf(name, version): share.canary}


def testers(name: str, service: Service, settings: Settings) -> Testers | None:
    """The headers that send a request to the canary whatever its weight, if the stack sets some."""
    canary = settings.canaries.get(name)
    version = service.canary_version
    if canary is None or version is None or not canary.headers:
        return None
    return Testers(headers=canary.headers, backend=leaf(name, version))


def variables(name: str, catalogue: Catalogue, settings: Settings) -> dict[str, str | SecretRef]:
    """The environment variables for a service: the URLs of its callees, and its secrets."""
    service = catalogue.services[name]
    found: dict[str, str | SecretRef] = {
        variable(call): _location(call, catalogue, settings) for call in service.calls
    }
    return {**found, **service.secrets}


def _location(call: Call, catalogue: Catalogue, settings: Settings) -> str | SecretRef:
    elsewhere = settings.endpoints.get(call.service)
    if elsewhere is not None:
        return elsewhere.secret or SecretRef(secret=names.endpoint(call.service), key="url")
    if call.service in catalogue.stores:
        return SecretRef(secret=names.credentials(call.service), key="url")
    return catalogue.location(call, _host(call, catalogue, settings))


def _host(call: Call, catalogue: Catalogue, settings: Settings) -> str | None:
    """A gateway's extra ports have a Service of their own, beside the load balancer's."""
    apart = call.service == catalogue.gateway and settings.gateway.is_balanced
    return names.extra_ports(call.service) if apart and call.port is not None else None


def used_stores(name: str, catalogue: Catalogue) -> list[str]:
    """The stores that a service calls or whose password it has, in the catalogue's order."""
    service = catalogue.services[name]
    referred = {ref.secret for ref in service.secrets.values()}
    return [
        store
        for store in catalogue.stores
        if store in service.callees or names.credentials(store) in referred
    ]


def used_secrets(name: str, catalogue: Catalogue, settings: Settings) -> list[str]:
    """The Secrets made from the stack's config that a service reads."""
    read = variables(name, catalogue, settings).values()
    made = stack_secrets(settings)
    return sorted({ref.secret for ref in read if isinstance(ref, SecretRef)} & made.keys())


def stack_secrets(settings: Settings) -> dict[str, dict[str, str]]:
    """The Secrets to make from the stack's config: their values in plain text, by name and key."""
    found = {
        name: {key: value.get_secret_value() for key, value in values.items()}
        for name, values in settings.secrets.items()
    }
    for name, endpoint in settings.endpoints.items():
        if endpoint.url is not None:
            found[names.endpoint(name)] = {"url": endpoint.url.get_secret_value()}
    return found


def egress_ports(catalogue: Catalogue, settings: Settings) -> dict[str, int]:
    """The port of each endpoint outside the cluster that a service calls."""
    return {
        name: endpoint.port
        for name, endpoint in settings.endpoints.items()
        if endpoint.port is not None and catalogue.callers(name)
    }


def used_externals(catalogue: Catalogue) -> dict[str, External]:
    """The externals that a service calls."""
    return {n: entry for n, entry in catalogue.external.items() if catalogue.callers(n)}


def style(service: Service) -> str:
    """A service's style for the stack's outputs: ``profile``, ``route``, ``opaque`` or ``-``."""
    if service.port is None:
        return "-"
    return service.style if service.is_http else "opaque"


def canary_weights(settings: Settings) -> Mapping[str, Decimal]:
    """The weights in per cent of the canaries that the stack controls, by service."""
    return {
        n: canary.weight for n, canary in settings.canaries.items() if canary.weight is not None
    }

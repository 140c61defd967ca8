"""What the catalogue and the settings mean for each service: versions, variables, weights, style.

Nothing here knows Pulumi; the platform hands the results to the components.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from components.catalogue import Catalogue, Service
from components.names import leaf
from components.settings import Settings
from components.traffic.weights import TOTAL, Weights, weights


def canary_of(name: str, service: Service, settings: Settings) -> tuple[str, Weights] | None:
    """The canary's version and both weights, where the stack has a canary of the service."""
    canary = settings.canaries.get(name)
    version = service.canary_version
    if canary is None or version is None:
        return None
    return version, weights(canary.weight)


def deployed_versions(name: str, service: Service, settings: Settings) -> list[str]:
    """The stable version, and the second one only where the stack has a canary of it."""
    canary = canary_of(name, service, settings)
    return [service.stable] if canary is None else [service.stable, canary[0]]


def backends(name: str, service: Service, settings: Settings) -> dict[str, int]:
    """The Services behind the apex, with their weights: the apex itself and the canary's leaf."""
    canary = canary_of(name, service, settings)
    if canary is None:
        return {name: TOTAL}
    version, share = canary
    return {name: share.stable, leaf(name, version): share.canary}


def plain_urls(name: str, catalogue: Catalogue) -> dict[str, str]:
    """The variables with the URLs of the services and externals that a service calls."""
    variables = catalogue.call_variables(name)
    return {
        variable: catalogue.url_of(callee)
        for callee, variable in variables.items()
        if callee not in catalogue.stores
    }


def store_variables(name: str, catalogue: Catalogue) -> dict[str, str]:
    """The variables for the stores that a service calls, each with the store's name."""
    variables = catalogue.call_variables(name)
    return {variables[callee]: callee for callee in variables if callee in catalogue.stores}


def style(service: Service) -> str:
    """How the service's traffic is controlled, as people are told: profile, route or opaque."""
    return service.style if service.is_http else "opaque"


def canary_weights(settings: Settings) -> Mapping[str, Decimal]:
    """The canaries' shares in per cent, by service."""
    return {name: canary.weight for name, canary in settings.canaries.items()}

"""The stack's outputs that follow from the catalogue and the settings."""

from __future__ import annotations

from typing import Any

from components.config.catalogue.model import Catalogue
from components.config.stack.settings import Settings
from components.plan import wiring


def planned(catalogue: Catalogue, settings: Settings) -> dict[str, Any]:
    """Canaries, Linkerd release, services, stores and namespace, by the outputs' names."""
    release = settings.linkerd.chosen
    weights = wiring.canary_weights(settings)
    return {
        "canaryWeights": {name: float(weight) for name, weight in weights.items()},
        "automatedCanaries": list(wiring.automated_canaries(settings)),
        "linkerdRelease": {"name": release.name, "version": release.version},
        "services": {
            name: {
                "style": wiring.style(service),
                "callers": catalogue.callers(name),
                "versions": wiring.deployed_versions(name, service, settings),
            }
            for name, service in catalogue.services.items()
        },
        "stores": {
            name: {"kind": store.kind, "callers": catalogue.callers(name)}
            for name, store in catalogue.stores.items()
        },
        "namespace": settings.namespace,
    }

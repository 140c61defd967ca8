"""Applies a stack's overrides to the catalogue: other images and sizes, fewer services.

A service that the stack does not run stays in the ``calls`` of the others. They find its URL in a
Secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from components.config.catalogue.containers import Call
from components.config.catalogue.model import Catalogue, Service, Store, variable
from components.config.stack.settings import Settings
from components.config.validation import Model

M = TypeVar("M", bound=Model)


def apply(catalogue: Catalogue, settings: Settings) -> Catalogue:
    """The catalogue with a stack's overrides, which must have passed the override rules."""
    players = stand_ins(catalogue.services, settings)
    services = {
        name: _service(name, service, settings, players)
        for name, service in catalogue.services.items()
        if name not in settings.endpoints and _runs(service, settings)
    }
    gone = {*settings.endpoints, *players}
    return catalogue.model_copy(
        update={
            "services": services,
            "stores": {
                n: _store(n, s, settings) for n, s in catalogue.stores.items() if n not in gone
            },
            "external": {n: e for n, e in catalogue.external.items() if n not in gone},
        }
    )


def stand_ins(services: Mapping[str, Service], settings: Settings) -> dict[str, str]:
    """Each external that a service replaces in this stack, with the name of that service."""
    return {
        service.stands_in_for: name
        for name, service in services.items()
        if service.stands_in_for in settings.stand_ins and service.stands_in_for is not None
    }


def _runs(service: Service, settings: Settings) -> bool:
    return service.stands_in_for is None or service.stands_in_for in settings.stand_ins


def _service(
    name: str, service: Service, settings: Settings, players: Mapping[str, str]
) -> Service:
    override = settings.services.get(name)
    changes: dict[str, object] = {
        key: value
        for key in (override.model_fields_set if override else ())
        if (value := getattr(override, key)) is not None
    }
    for key in ("resources", "proxy", "objective"):
        base = getattr(service, key)
        if key in changes and base is not None:
            changes[key] = merged(base, getattr(override, key))
    # The stable version's own image or replicas would win over the stack's.
    own: dict[str, None] = {key: None for key in ("image", "replicas") if key in changes}
    stable = service.versions.get(service.stable)
    if stable is not None and own:
        changes["versions"] = {**service.versions, service.stable: stable.model_copy(update=own)}
    changes["calls"] = tuple(_redirected(call, players) for call in service.calls)
    return service.model_copy(update=changes)


def merged(base: M, over: M) -> M:
    """The model with the keys that ``over`` sets, and inside of them the same."""
    changes: dict[str, object] = {}
    for key in over.model_fields_set:
        old, new = getattr(base, key), getattr(over, key)
        both = isinstance(old, Model) and isinstance(new, Model)
        changes[key] = merged(old, new) if both else new
    return base.model_copy(update=changes)


def _redirected(call: Call, players: Mapping[str, str]) -> Call:
    if call.service not in players:
        return call
    # The caller finds the stand-in where it looks for the external.
    return call.model_copy(update={"service": players[call.service], "env": variable(call)})


def _store(name: str, store: Store, settings: Settings) -> Store:
    override = settings.stores.get(name)
    if override is None or override.image is None:
        return store
    return store.model_copy(update={"image": override.image})

"""What the rules get: the catalogue as far as it is valid, one service, one route, a stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from components.config.catalogue.model import Catalogue, External, Load, Service, Store, Style
from components.config.catalogue.placed_routes import Placed
from components.config.derived import Entries
from components.config.stack.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueContext:
    """The catalogue for its rules.

    ``names`` are the declared names by section, as written, so that a wrong entry does not make
    its name unknown. ``services``, ``stores`` and ``external`` are the entries that are valid by
    themselves. ``gateway`` is as written. ``load`` is ``None`` where the entry is missing or wrong;
    ``has_load`` says which.
    File paths start from ``folder``, the catalogue's, and stay inside ``root``, the project's.
    """

    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    stores: Mapping[str, Store] = field(default_factory=dict)
    external: Mapping[str, External] = field(default_factory=dict)
    gateway: object = None
    load: Load | None = None
    has_load: bool = False
    root: Path = Path()
    folder: Path = Path()

    @property
    def entries(self) -> Entries:
        """The valid entries, for the names that follow from them."""
        return Entries(
            services=self.services,
            stores=self.stores,
            external=self.external,
            gateway=self.gateway,
            load=self.load,
        )

    def declared(self, *sections: str) -> list[str]:
        """The names declared in these sections, by default in all of them."""
        return [name for each in sections or self.names for name in self.names.get(each, ())]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceContext:
    """One valid service of the catalogue for its rules, whose paths start at its entry."""

    catalogue: CatalogueContext
    name: str
    service: Service


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteContext:
    """One route of a service for its rules.

    ``catalogue`` is the name of the catalogue's file. ``same_requests`` and ``same_name`` are the
    first routes of the service that match the same requests, or whose HTTPRoute has the same name.
    Each is the route itself where there is no earlier one.
    """

    catalogue: str
    name: str
    service: Service
    placed: Placed
    same_requests: Placed
    same_name: Placed

    @property
    def style(self) -> Style | None:
        """The service's style; ``None`` where Linkerd does not read the requests."""
        return self.service.style if self.service.is_http else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StackContext:
    """A stack's settings for their rules, with the catalogue that they are about.

    The services of ``catalogue`` have the routes of their OpenAPI files here. ``now`` has a time
    zone.
    """

    settings: Settings
    catalogue: CatalogueContext = field(default_factory=CatalogueContext)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class OverridesContext:
    """A stack's settings, and the catalogue without their overrides; both are valid."""

    settings: Settings
    catalogue: Catalogue

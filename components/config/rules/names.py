"""Rules about the names in a catalogue: entries, gateway, versions, stand-ins."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.problems import one_of, unknown
from components.config.rules.context import CatalogueContext, ServiceContext
from components.findings import Finding
from components.names import LOAD_GENERATOR


def names_are_unique(catalogue: CatalogueContext) -> Iterator[Finding]:
    """A service, a store and an external all become a Service of their name."""
    seen: dict[str, str] = {}
    for section, names in catalogue.names.items():
        for name in names:
            if name in seen:
                yield Finding(
                    path=f"{section}.{name}",
                    found=f"a name that `{seen[name]}` has too",
                    allowed="a name that no service, store or external has",
                    fix="Rename one of them: both would be the same Service.",
                )
            seen.setdefault(name, section)


def load_generator_has_its_name(catalogue: CatalogueContext) -> Iterator[Finding]:
    """The name of the load generator's own workload is free."""
    for section, names in catalogue.names.items():
        if catalogue.load is not None and LOAD_GENERATOR in names:
            yield Finding(
                path=f"{section}.{LOAD_GENERATOR}",
                found="the name of the load generator's own workload",
                allowed=f"another name, or no `load` beside {section}.{LOAD_GENERATOR}",
                fix="Rename it.",
            )


def gateway_serves_http(catalogue: CatalogueContext) -> Iterator[Finding]:
    """The gateway is a declared service with an HTTP protocol."""
    gateway, known = catalogue.gateway, catalogue.declared("services")
    if not isinstance(gateway, str):
        return
    if gateway not in known:
        yield unknown("gateway", gateway, known, "Declare it, or correct the name.")
    elif gateway in catalogue.services and not catalogue.services[gateway].is_http:
        yield Finding(
            path="gateway",
            found=f'"{gateway}", which serves no HTTP',
            allowed="a service with an HTTP protocol",
            fix="Choose the service that takes the requests from outside.",
        )


def stand_in_is_of_an_external(context: ServiceContext) -> Iterator[Finding]:
    """A service stands in for a declared external only."""
    service = context.service
    wanted, known = service.stands_in_for, context.catalogue.declared("external")
    if wanted is not None and wanted not in known:
        otherwise, found = "Declare it under `external`.", 'the unknown external "{}"'
        yield unknown("standsInFor", wanted, known, otherwise, found=found)


def versions_are_served(context: ServiceContext) -> Iterator[Finding]:
    """The stable version is there, and one more at most."""
    service = context.service
    if service.versions and service.stable not in service.versions:
        yield Finding(
            path="stable",
            found=f'"{service.stable}"',
            allowed=one_of(service.versions),
            fix="Name the version that takes the requests, or add it to `versions`.",
        )
    elif len(service.versions) > 2:
        yield Finding(
            path="versions",
            found=f"{len(service.versions)} versions",
            allowed="the stable version and at most one more",
            fix="Retire a version first.",
        )

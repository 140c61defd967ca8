"""Loads a stack's configuration: the settings and the catalogue, or every problem at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from components.config import documents, overrides
from components.config.catalogue import placed_routes
from components.config.catalogue.model import Catalogue, External, Load, Service, Store
from components.config.catalogue.placed_routes import Placed
from components.config.problems import ConfigurationError, Problem, located, shown
from components.config.rules import routes, table
from components.config.rules.canaries import canaries_are_known
from components.config.rules.context import (
    CatalogueContext,
    OverridesContext,
    ServiceContext,
    StackContext,
)
from components.config.stack.settings import Settings
from components.config.validation import validate
from components.findings import Finding

PROJECT = "linkerd-platform"
"""The project's name, which is the prefix of every key in the stacks' files."""
CATALOGUE = "services.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What the platform is built from: the settings, and the catalogue with the stack's changes.

    ``warnings`` are sentences to show to the user.
    """

    settings: Settings
    catalogue: Catalogue
    warnings: tuple[str, ...]


def load(*, project: str, stack: str, config: Mapping[str, str], root: Path) -> Configuration:
    """Build the configuration of one stack.

    ``config`` is the engine's: full keys (``project:key``) with text or JSON values. Keys of other
    projects, such as a provider's, are left alone.

    Raises :class:`ConfigurationError` with every problem in the stack's config and the catalogue.
    """
    if project != PROJECT:
        raise ConfigurationError(located("Pulumi.yaml", [_renamed(project)]))
    file, raw = stack_file(stack), _own_keys(config)
    settings, findings = validate(Settings, raw)
    name = raw.get("catalogue", CATALOGUE)
    name = name if isinstance(name, str) else CATALOGUE
    if not documents.is_inside(root, root / name):
        findings.append(_outside(name))
        read = _Read(catalogue=None, context=CatalogueContext(), problems=())
    else:
        read = _read_catalogue(name, root, *documents.read(root / name))
    findings += canaries_are_known(raw.get("canaries"), read.context)
    if settings is not None:
        context = StackContext(settings=settings, catalogue=read.context)
        findings += table.findings(table.SETTINGS, context)
    if settings is not None and read.catalogue is not None:
        changed = OverridesContext(settings=settings, catalogue=read.catalogue)
        findings += table.findings(table.OVERRIDES, changed)
    problems = [*read.problems, *located(file, findings)]
    if problems or settings is None or read.catalogue is None:
        raise ConfigurationError(problems)
    return Configuration(
        settings=settings,
        catalogue=overrides.apply(read.catalogue, settings),
        warnings=tuple(f"{file}: {each}" for rule in table.WARNINGS for each in rule(context)),
    )


def stack_file(stack: str) -> str:
    """The file that holds a stack's config; an organization in the stack's name is not in it."""
    return f"Pulumi.{stack.rpartition('/')[2]}.yaml"


def catalogue_problems(text: str, name: str, root: Path) -> list[Problem]:
    """Every problem of a catalogue's text, before it is written to the file called ``name``."""
    return list(_read_catalogue(name, root, *documents.parse(text)).problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A catalogue's file: the catalogue if it is valid, what of it is valid, and its problems."""

    catalogue: Catalogue | None
    context: CatalogueContext
    problems: Sequence[Problem]


def _read_catalogue(name: str, root: Path, raw: Any, findings: Sequence[Finding]) -> _Read:
    """Check all of the catalogue's valid entries, so that one wrong entry hides no other.

    ``raw`` is the plain data of the file called ``name``, and ``findings`` is what is wrong with
    the file itself.
    """
    unreadable = raw is None and findings
    catalogue, more = (None, []) if unreadable else validate(Catalogue, raw)
    context = _context(root, name, raw if isinstance(raw, Mapping) else {}, catalogue)
    problems: list[Problem] = []
    services: dict[str, Service] = {}
    for each, service in context.services.items():
        placed, found = placed_routes.collect(name, root, each, service)
        problems += [*found, *_route_problems(name, each, service, placed)]
        own = tuple(one.route for one in placed)
        services[each] = service.model_copy(update={"routes": own})
    complete = replace(context, services=services)
    more += [*table.findings(table.CATALOGUE, complete), *_service_findings(context)]
    return _Read(
        catalogue=catalogue and catalogue.model_copy(update={"services": services}),
        context=complete,
        problems=(*located(name, [*findings, *more]), *problems),
    )


def _context(
    root: Path, file: str, raw: Mapping[str, Any], catalogue: Catalogue | None
) -> CatalogueContext:
    sections = {each: raw.get(each) for each in ("services", "stores", "external")}
    return CatalogueContext(
        root=root,
        folder=(root / file).parent,
        names={each: _keys(section) for each, section in sections.items()},
        services=catalogue.services if catalogue else _valid(Service, sections["services"]),
        stores=catalogue.stores if catalogue else _valid(Store, sections["stores"]),
        external=catalogue.external if catalogue else _valid(External, sections["external"]),
        gateway=raw.get("gateway"),
        load=None if raw.get("load") is None else validate(Load, raw["load"])[0],
        has_load=raw.get("load") is not None,
    )


def _valid(kind: Any, entries: object) -> dict[str, Any]:
    """The entries of a section that are valid by themselves."""
    adapter, valid = TypeAdapter(kind), {}
    for name, entry in entries.items() if isinstance(entries, Mapping) else ():
        with suppress(ValidationError):
            valid[str(name)] = adapter.validate_python(entry)
    return valid


def _service_findings(context: CatalogueContext) -> list[Finding]:
    """What is wrong with each service by itself, whose routes are those of the catalogue here."""
    found: list[Finding] = []
    for name, service in context.services.items():
        each = ServiceContext(catalogue=context, name=name, service=service)
        found += (f.under(f"services.{name}") for f in table.findings(table.SERVICE, each))
    return found


def _route_problems(
    file: str, name: str, service: Service, placed: Sequence[Placed]
) -> list[Problem]:
    problems: list[Problem] = []
    for each in routes.contexts(file, name, service, placed):
        found = table.findings(table.ROUTE, each)
        problems += located(each.placed.file, (f.under(each.placed.path) for f in found))
    return problems


def _renamed(project: str) -> Finding:
    """Under another project name no key of a stack's file would be read: all would be defaults."""
    return Finding(
        path="name",
        found=f'"{project}"',
        allowed=f'"{PROJECT}"',
        fix=f"Set it back: the keys of the stacks' files begin with `{PROJECT}:`.",
    )


def _outside(catalogue: str) -> Finding:
    return Finding(
        path="catalogue",
        found=f"{shown(catalogue)}, which is outside of the project",
        allowed="a file inside the project",
        fix="Copy the catalogue and its files into the project, and name its path there.",
    )


def _own_keys(config: Mapping[str, str]) -> dict[str, Any]:
    prefix = f"{PROJECT}:"
    return {
        key.removeprefix(prefix): _plain(value)
        for key, value in config.items()
        if key.startswith(prefix)
    }


def _plain(value: str) -> Any:
    """The engine passes mappings and lists as JSON, everything else as text."""
    if value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _keys(section: object) -> list[str]:
    return [str(key) for key in section] if isinstance(section, Mapping) else []

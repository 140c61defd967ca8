"""The way in: a stack's raw config and the catalogue become models, or every problem at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from components.config import documents
from components.config.catalogue import overrides, placed_routes
from components.config.catalogue.model import Catalogue, Load, Service
from components.config.problems import ConfigurationError, Problem
from components.config.rules import access, admission, canary, mesh
from components.config.rules import identity as identity_rules
from components.config.rules import load as load_rules
from components.config.rules import overrides as overrides_rules
from components.config.rules import settings as settings_rules
from components.config.rules.catalogue import Rules
from components.config.rules.routes import RouteRules
from components.config.stack.settings import Settings
from components.config.validation import validate

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
        raise ConfigurationError([_renamed(project)])
    file = stack_file(stack)
    raw = _own_keys(config)
    settings, problems = validate(Settings, raw, file=file)
    name = raw.get("catalogue", CATALOGUE)
    name = name if isinstance(name, str) else CATALOGUE
    parsed = _Catalogue(name, root, *documents.read(root / name, name))
    problems += parsed.problems
    problems += settings_rules.canaries(file, raw.get("canaries"), parsed.declared, parsed.services)
    warnings: tuple[str, ...] = ()
    if settings is not None:
        problems += settings_rules.charts(file, settings)
        problems += mesh.check(file, settings.linkerd)
        problems += settings_rules.traffic(file, settings, parsed.services)
        problems += access.settings(file, settings)
        problems += admission.settings(file, settings, parsed.services)
        problems += canary.check(file, settings, parsed.services, parsed.gateway)
        problems += settings_rules.testers(file, settings, parsed.services)
        problems += load_rules.settings(file, settings, parsed.load)
        findings = settings_rules.features(file, settings, parsed.services)
        problems += findings.problems
        identity = identity_rules.check(file, settings.linkerd.identity, datetime.now(timezone.utc))
        problems += identity.problems
        warnings = (
            *findings.warnings,
            *identity.warnings,
            *access.warnings(file, settings),
        )
    catalogue = parsed.catalogue
    if settings is not None and catalogue is not None:
        problems += overrides_rules.check(file, settings, catalogue)
        catalogue = overrides.apply(catalogue, settings)
        problems += overrides_rules.digests(file, settings, catalogue)
    if problems or settings is None or catalogue is None:
        raise ConfigurationError(problems)
    return Configuration(settings=settings, catalogue=catalogue, warnings=warnings)


def too_new(file: str, settings: Settings, version: tuple[int, int]) -> Iterator[Problem]:
    """What the settings ask of a cluster whose Kubernetes version does not have it yet."""
    yield from overrides_rules.pre_stop(file, settings, version)
    yield from admission.check(file, settings.admission, version)


def stack_file(stack: str) -> str:
    """The file that holds a stack's config; an organization in the stack's name is not in it."""
    return f"Pulumi.{stack.rpartition('/')[2]}.yaml"


def catalogue_problems(text: str, name: str, root: Path) -> list[Problem]:
    """Every problem of a catalogue's text, before it is written to the file called ``name``."""
    return _Catalogue(name, root, *documents.parse(text, name)).problems


class _Catalogue:
    """The catalogue as far as it is valid, so that one wrong entry does not hide the next."""

    def __init__(self, name: str, root: Path, raw: Any, problems: list[Problem]) -> None:
        self.raw, self.problems = raw, problems
        self.declared: list[str] = []
        self.services: dict[str, Service] = {}
        self.catalogue: Catalogue | None = None
        self.load: object = None
        self.gateway: object = None
        if self.raw is None and self.problems:
            return
        self.catalogue, problems = validate(Catalogue, self.raw, file=name)
        self.problems += problems
        if not isinstance(self.raw, Mapping):
            return
        sections = {s: _keys(self.raw.get(s)) for s in ("services", "stores", "external")}
        self.declared = sections["services"]
        self.services = self._valid_services()
        rules = Rules(name, root, sections)
        self.gateway = self.raw.get("gateway")
        self.problems += rules.catalogue(self.gateway, self.services)
        self.problems += self._all_routes(name, root)
        self.load = self.raw.get("load")
        load = None if self.load is None else validate(Load, self.load, file=name)[0]
        if load is not None:
            gateway = self.services.get(str(self.gateway))
            self.problems += load_rules.catalogue(name, load, gateway, sections)

    def _all_routes(self, file: str, root: Path) -> list[Problem]:
        """Give each service the routes of its OpenAPI file as well; what is wrong with any."""
        found: list[Problem] = []
        for name, service in self.services.items():
            placed, problems = placed_routes.of(file, root, name, service)
            found += problems
            found += RouteRules(file, name, service).check(placed)
            routes = tuple(each.route for each in placed)
            self.services[name] = service.model_copy(update={"routes": routes})
        if self.catalogue is not None:
            self.catalogue = self.catalogue.model_copy(update={"services": self.services})
        return found

    def _valid_services(self) -> dict[str, Service]:
        if self.catalogue is not None:
            return dict(self.catalogue.services)
        entries = self.raw.get("services")
        if not isinstance(entries, Mapping):
            return {}
        valid = {str(n): validate(Service, e, file="")[0] for n, e in entries.items()}
        return {name: service for name, service in valid.items() if service is not None}


def _renamed(project: str) -> Problem:
    """Under another name none of the stacks' keys would be read, and every default be deployed."""
    return Problem(
        file="Pulumi.yaml",
        path="name",
        found=f'"{project}"',
        allowed=f'"{PROJECT}"',
        fix=f"Set it back: the keys of the stacks' files begin with `{PROJECT}:`.",
    )


def _own_keys(config: Mapping[str, str]) -> dict[str, Any]:
    prefix = f"{PROJECT}:"
    return {
        key.removeprefix(prefix): _plain(value)
        for key, value in config.items()
        if key.startswith(prefix)
    }


def _plain(value: str) -> Any:
    """The engine hands mappings and lists over as JSON, everything else as text."""
    if value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _keys(section: object) -> list[str]:
    return [str(key) for key in section] if isinstance(section, Mapping) else []

"""The pack's configuration: what it may contain, and what it means for a run.

It is the JSON object that ``--policy-pack-config`` takes: a rule's name to its enforcement level,
or to an object with ``enforcementLevel``, ``exemptions`` and the rule's own settings. The settings
of the pack as a whole are under the name :data:`PACK`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from linkerd_policies.framework import exemptions
from linkerd_policies.framework.exemptions import Exemption
from linkerd_policies.framework.model import Rule, Setting, Settings, names, whole_number
from linkerd_policies.framework.schema import Mismatch, Schema, mismatches
from linkerd_policies.framework.wording import as_json, nearest

PACK = "linkerd-policy-pack"
LEVEL = "enforcementLevel"
ALL = "all"
LEVELS = ("advisory", "disabled", "mandatory", "remediate")
LOWERED = ("advisory", "disabled")

DENY, REPORT = "deny", "report"
UNKNOWNS = Setting(
    name="unknowns",
    description="What a preview does about a mandatory rule that it cannot evaluate.",
    default=REPORT,
    limits=f"`{DENY}` or `{REPORT}`",
    schema={"type": "string", "enum": [DENY, REPORT]},
)
MAX_EXEMPTION_DAYS = whole_number(
    "maxExemptionDays",
    "How far ahead of today an exemption may end.",
    default=exemptions.MAX_DAYS,
    minimum=1,
    maximum=exemptions.MAX_DAYS,
)
MESHED_NAMESPACES = names(
    "meshedNamespaces",
    "Meshed namespaces of other stacks, for every rule that has this setting, besides its own.",
    namespaced=False,
)
PACK_SETTINGS = (UNKNOWNS, MAX_EXEMPTION_DAYS, MESHED_NAMESPACES)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigError:
    """One mistake in the configuration: where, what was found, what is allowed, what to do."""

    path: str
    found: str
    allowed: str
    fix: str

    def __str__(self) -> str:
        """The mistake in one line."""
        return f"{self.path}: found {self.found}; allowed: {self.allowed}. {self.fix}"


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a run asks for: levels and settings by rule, exemptions, and the pack's settings."""

    levels: Mapping[str, str]
    settings: Mapping[str, Settings]
    exemptions: Mapping[str, Sequence[Exemption]]
    denies_unknowns: bool

    def level(self, rule: Rule) -> str:
        """The rule's enforcement level, ``mandatory`` unless something else is configured."""
        return self.levels.get(rule.name, "mandatory")


def today() -> date:
    """The day in UTC: an exemption ends everywhere at once."""
    return datetime.now(UTC).date()


def resolve(document: Mapping[str, Any], rules: Sequence[Rule]) -> Configuration:
    """What a ``document`` without :func:`errors` asks for."""
    entries = {name: entry for name, entry in document.items() if isinstance(entry, dict)}
    levels = {name: entry for name, entry in document.items() if isinstance(entry, str)}
    levels |= {name: entry[LEVEL] for name, entry in entries.items() if LEVEL in entry}
    unknowns = entries.get(PACK, {}).get(UNKNOWNS.name, UNKNOWNS.default)
    meshed = entries.get(PACK, {}).get(MESHED_NAMESPACES.name, ())
    own = {rule.name: [setting.name for setting in rule.settings] for rule in rules}
    return Configuration(
        levels=levels,
        settings={
            rule.name: _meshed(rule.resolve(_only(own[rule.name], entries, rule)), meshed)
            for rule in rules
        },
        exemptions={
            name: exemptions.parsed(name, entry.get(exemptions.SETTING.name, ()))
            for name, entry in entries.items()
            if name in own
        },
        denies_unknowns=unknowns == DENY,
    )


def _meshed(settings: Settings, meshed: Sequence[str]) -> Settings:
    """The settings of a rule, with what the pack says for all rules.

    The engine fills in the rule's default, so that an empty list may well be nobody's wish.
    """
    key = MESHED_NAMESPACES.name
    if key not in settings:
        return settings
    return {**settings, key: list(dict.fromkeys((*settings[key], *meshed)))}


def _only(own: Sequence[str], entries: Mapping[str, Any], rule: Rule) -> dict[str, Any]:
    return {key: value for key, value in entries.get(rule.name, {}).items() if key in own}


def errors(document: Any, rules: Sequence[Rule], day: date) -> Iterator[ConfigError]:
    """Every mistake in a configuration, as of ``day``."""
    if not isinstance(document, dict):
        yield ConfigError(
            path="the file",
            found=as_json(document),
            allowed="an object of rules' names",
            fix='Write an object such as {"linkerd-gateway-limit": {"maxGateways": 2}}.',
        )
        return
    known = {rule.name: rule for rule in rules}
    max_days = _max_days(document)
    for name, entry in document.items():
        if name in known:
            yield from _rule_errors(known[name], entry, day, max_days)
        elif name == PACK:
            yield from _pack_errors(entry)
        elif name == ALL:
            yield from _all_errors(entry)
        else:
            yield _unknown(name, "rule", [*known, PACK, ALL])


def _max_days(document: Mapping[str, Any]) -> int:
    entry = document.get(PACK)
    days: Any = entry.get(MAX_EXEMPTION_DAYS.name) if isinstance(entry, dict) else None
    unusable = any(mismatches(days, MAX_EXEMPTION_DAYS.schema, ""))
    return exemptions.MAX_DAYS if unusable else int(days)


def _rule_errors(rule: Rule, entry: Any, day: date, max_days: int) -> Iterator[ConfigError]:
    if not isinstance(entry, dict):
        yield from _level_errors(rule, entry, rule.name)
        return
    settings = {setting.name: setting.schema for setting in (*rule.settings, exemptions.SETTING)}
    if LEVEL in entry:
        yield from _level_errors(rule, entry[LEVEL], f"{rule.name}.{LEVEL}")
    own = {key: value for key, value in entry.items() if key != LEVEL}
    yield from _setting_errors(rule.name, own, settings, [*settings, LEVEL])
    name = exemptions.SETTING.name
    for found in exemptions.mismatches(entry.get(name), f"{rule.name}.{name}", day, max_days):
        yield _error(found, "Remove the exemption and the violation, or have it signed off again.")


def _pack_errors(entry: Any) -> Iterator[ConfigError]:
    schemas = {setting.name: setting.schema for setting in PACK_SETTINGS}
    if not isinstance(entry, dict):
        yield ConfigError(
            path=PACK,
            found=as_json(entry),
            allowed=f"an object with {', '.join(schemas)}",
            fix="It is not a rule, so it has no level: set the pack's settings.",
        )
        return
    yield from _setting_errors(PACK, entry, schemas, list(schemas))


def _setting_errors(
    name: str, entry: Mapping[str, Any], schemas: Mapping[str, Schema], known: Sequence[str]
) -> Iterator[ConfigError]:
    for key, value in entry.items():
        if key in schemas:
            for found in mismatches(value, schemas[key], f"{name}.{key}"):
                yield _error(found, "Correct the value, or remove it to take the default.")
        else:
            yield _unknown(f"{name}.{key}", "setting", known)


def _level_errors(rule: Rule, level: Any, path: str) -> Iterator[ConfigError]:
    refused = {*(LOWERED if rule.locked else ()), *(() if rule.remediate else ("remediate",))}
    if level in LEVELS and level not in refused:
        return
    allowed = "one of " + ", ".join(one for one in LEVELS if one not in refused)
    fix = "Correct the level."
    if rule.locked and level in LOWERED:
        fix = (
            f'"{rule.name}" cannot be set to {level}: the rule is always mandatory. Remove the '
            "level. To allow something, use the rule's settings or an exemption."
        )
    elif level == "remediate":
        fix = f'"{rule.name}" has no remediation: remove the level, and correct what it refuses.'
    yield ConfigError(path=path, found=as_json(level), allowed=allowed, fix=fix)


def _all_errors(entry: Any) -> Iterator[ConfigError]:
    level = entry.get(LEVEL) if isinstance(entry, dict) and set(entry) == {LEVEL} else entry
    if level != "mandatory":
        yield ConfigError(
            path=ALL,
            found=as_json(entry),
            allowed="mandatory",
            fix="Some rules are always mandatory: set a level for each of the others by its name.",
        )


def _unknown(path: str, what: str, known: Sequence[str]) -> ConfigError:
    meant = nearest(path.rpartition(".")[2], known)
    return ConfigError(
        path=path,
        found=f"an unknown {what}",
        allowed=", ".join(sorted(known)),
        fix=f'Did you mean "{meant}"?' if meant else f"Remove it, or name a {what} that exists.",
    )


def _error(found: Mismatch, fix: str) -> ConfigError:
    return ConfigError(path=found.path, found=found.found, allowed=found.allowed, fix=fix)


def json_schema(rules: Sequence[Rule]) -> dict[str, Any]:
    """The JSON schema of the whole configuration, for editors and other tools."""
    properties = {
        PACK: _object("Settings of the pack as a whole.", PACK_SETTINGS, {}),
        ALL: {"description": "The level of every rule.", "enum": ["mandatory"]},
    }
    for rule in rules:
        level = {"enum": list(levels_of(rule)), "description": "What a violation does."}
        entry = _object(rule.description, (*rule.settings, exemptions.SETTING), {LEVEL: level})
        properties[rule.name] = {"description": rule.description, "anyOf": [level, entry]}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Configuration of the policy pack linkerd-platform",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def levels_of(rule: Rule) -> Iterator[str]:
    """The enforcement levels that a rule can be set to."""
    return (level for level in LEVELS if not any(_level_errors(rule, level, "")))


def _object(
    description: str, settings: Sequence[Setting], extra: Mapping[str, Any]
) -> dict[str, Any]:
    properties = {setting.name: setting.json_schema() for setting in settings}
    return {
        "type": "object",
        "description": description,
        "additionalProperties": False,
        "properties": {**extra, **properties},
    }

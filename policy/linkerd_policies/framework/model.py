"""What a rule is: its metadata, its settings, and the function that checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pulumi_policy import Severity

from linkerd_policies.framework.objects import KubeObject

Settings = Mapping[str, Any]
"""A rule's settings by name, defaults filled in."""

ObjectCheck = Callable[[KubeObject, Settings], Iterator[str]]
"""Yields one message per violation of one object."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A violation found by looking at several resources; ``urn`` is the resource to change."""

    message: str
    urn: str


StackCheck = Callable[[Sequence[KubeObject], Settings], Iterator[Finding]]
"""Yields one finding per violation among all objects of a stack."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that a remediation sets: where in the object, and to what."""

    path: tuple[str, ...]
    value: Any


Remedy = Callable[[KubeObject, Settings], Iterator[Change]]
"""Yields what would make one object conform, nothing where only its author can decide that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting of a rule.

    ``schema`` is the JSON schema that the Pulumi engine checks before anything runs; ``limits``
    says the same in words, for the documentation.
    """

    name: str
    description: str
    default: Any
    limits: str
    schema: Mapping[str, Any]

    def json_schema(self) -> dict[str, Any]:
        """The schema with description and default, as ``PolicyConfigSchema`` takes it."""
        return {**self.schema, "description": self.description, "default": self.default}


def whole_number(
    name: str, description: str, *, default: int, minimum: int, maximum: int
) -> Setting:
    """A setting that takes an integer from ``minimum`` to ``maximum``."""
    return Setting(
        name=name,
        description=description,
        default=default,
        limits=f"{minimum} to {maximum}",
        schema={"type": "integer", "minimum": minimum, "maximum": maximum},
    )


def number(
    name: str, description: str, *, default: float, minimum: float, maximum: float
) -> Setting:
    """A setting that takes a number from ``minimum`` to ``maximum``."""
    return Setting(
        name=name,
        description=description,
        default=default,
        limits=f"{minimum:g} to {maximum:g}",
        schema={"type": "number", "minimum": minimum, "maximum": maximum},
    )


def switch(name: str, description: str, *, default: bool = False) -> Setting:
    """A setting that is on or off."""
    return Setting(
        name=name,
        description=description,
        default=default,
        limits="`true` or `false`",
        schema={"type": "boolean"},
    )


def subset(
    name: str, description: str, *, allowed: Sequence[str], default: Sequence[str] | None = None
) -> Setting:
    """A setting that takes one or more of ``allowed``, all of them by default."""
    return Setting(
        name=name,
        description=description,
        default=list(allowed if default is None else default),
        limits="one or more of " + ", ".join(f"`{value}`" for value in allowed),
        schema={
            "type": "array",
            "items": {"type": "string", "enum": list(allowed)},
            "minItems": 1,
            "maxItems": len(allowed),
            "uniqueItems": True,
        },
    )


_DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"


def names(
    name: str,
    description: str,
    *,
    default: Sequence[str] = (),
    namespaced: bool = True,
    maximum: int = 50,
) -> Setting:
    """A setting that takes up to ``maximum`` names, ``namespace/name`` if ``namespaced``."""
    pattern = f"^{_DNS_LABEL}/[a-z0-9][-a-z0-9.]*$" if namespaced else f"^{_DNS_LABEL}$"
    form = "`namespace/name`" if namespaced else "names"
    return Setting(
        name=name,
        description=description,
        default=list(default),
        limits=f"0 to {maximum} entries, {form}",
        schema={
            "type": "array",
            "items": {"type": "string", "pattern": pattern},
            "minItems": 0,
            "maxItems": maximum,
            "uniqueItems": True,
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Metadata that every rule has.

    ``locked`` rules cannot be set below ``mandatory`` by the pack's configuration. ``bad`` and
    ``good`` are YAML documents, printed in the documentation and run by the tests,
    with ``example_settings`` where a rule is off by default. Where the configuration sets the
    rule to ``remediate``, the function ``remediate`` changes objects of the kinds ``remediable``.
    """

    name: str
    display_name: str
    group: str
    severity: Severity
    tags: tuple[str, ...]
    description: str
    why: str
    remediation: str
    source: str
    bad: str
    good: str
    settings: tuple[Setting, ...] = ()
    example_settings: Mapping[str, Any] = field(default_factory=dict)
    locked: bool = False
    remediate: Remedy | None = None
    remediable: frozenset[tuple[str, str]] = frozenset()

    @property
    def url(self) -> str:
        """Where the rule is documented, relative to the repository."""
        return f"docs/policies.md#{self.name}"

    def resolve(self, config: Mapping[str, Any] | None) -> Settings:
        """The rule's settings: ``config`` over the defaults."""
        return {setting.name: setting.default for setting in self.settings} | dict(config or {})


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRule(Rule):
    """A rule that looks at one object: it runs on the object's inputs before each write."""

    kinds: frozenset[tuple[str, str]]
    check: ObjectCheck

    def applies(self, obj: KubeObject) -> bool:
        """Whether the rule checks objects of this API group and kind."""
        return obj.group_kind in self.kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class StackRule(Rule):
    """A rule that needs several objects: it runs after all steps of a preview or an update.

    In ``up`` the change is live by then, so only the preview makes a stack rule a gate.
    """

    check: StackCheck

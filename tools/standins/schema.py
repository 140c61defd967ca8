"""The inputs of a resource type, and the messages about wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple

Properties = dict[str, Any]
LONGEST_SHOWN = 60
"""Characters of a wrong value that a message shows."""
_WORDS = {
    str: "a string",
    int: "a whole number",
    bool: "true or false",
    list: "a list of strings",
    dict: "a map of strings",
}


class Unknown(Enum):
    """The type of ``UNKNOWN``: a value that is not known before the update."""

    VALUE = "unknown"


UNKNOWN: Final = Unknown.VALUE


class ProviderError(Exception):
    """A request that cannot be served. The message is for the user and holds no secret."""


class Invalid(ProviderError):
    """A wrong value. The message says what the value must be, without showing it.

    ``unsupported``: the official plugin accepts the value.
    """

    def __init__(self, wanted: str, *, unsupported: bool = False) -> None:
        super().__init__(wanted)
        self.unsupported = unsupported


class Failure(NamedTuple):
    """One wrong input: the path of the property, and what is wrong with it."""

    property: str
    reason: str
    unsupported: bool = False


def always(_old: Any, _new: Any) -> bool:
    """Every change of the property replaces the resource."""
    return True


def never(_old: Any, _new: Any) -> bool:
    """A change of the property is an update in place."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One input.

    ``kind`` is its type; lists are lists of strings. A dictionary is an object with ``fields``, or
    without them a map of strings. ``test`` gets a known value of the right type (of a list, each
    member) and raises ``Invalid`` for a wrong one. ``replaces`` gets the old and the new value and
    says whether that change replaces the resource.
    """

    kind: type
    required: bool = False
    default: Any = None
    secret: bool = False
    test: Callable[[Any], object] | None = None
    replaces: Callable[[Any, Any], bool] = always
    fields: Mapping[str, Property] = field(default_factory=dict)

    @property
    def wanted(self) -> str:
        return "it must be " + ("an object" if self.fields else _WORDS[self.kind])


def between(minimum: int, maximum: int | None = None) -> Callable[[Any], None]:
    """A test for numbers; both ends are allowed."""

    def test(value: Any) -> None:
        if maximum is None and value < minimum:
            raise Invalid(f"it must be at least {minimum}")
        if maximum is not None and not minimum <= value <= maximum:
            raise Invalid(f"it must be from {minimum} to {maximum}")

    return test


def only(*supported: Any) -> Callable[[Any], None]:
    """A test that passes the values that the stand-in supports."""

    def test(value: Any) -> None:
        if value not in supported:
            words = ", ".join("true" if one is True else str(one) for one in supported)
            raise Invalid(f"supported here: {words}", unsupported=True)

    return test


def failures(
    properties: Mapping[str, Property],
    inputs: Properties,
    hidden: Collection[str] = (),
    path: str = "",
) -> list[Failure]:
    """All that is wrong with ``inputs``, each property on its own. Unknown values pass.

    The values of the properties named in ``hidden`` are not shown.
    """
    supported = ", ".join(sorted(properties))
    found = [
        Failure(path + name, f"is not supported here; supported inputs: {supported}", True)
        for name in inputs
        if name not in properties
    ]
    for name, rule in properties.items():
        value = inputs.get(name)
        if value is not None:
            found += _value_failures(rule, value, path + name, name in hidden)
        elif rule.required:
            found.append(Failure(path + name, f"is missing; {rule.wanted}"))
    return found


def _value_failures(rule: Property, value: Any, path: str, hide: bool) -> list[Failure]:
    if value is UNKNOWN:
        return []
    if rule.fields and isinstance(value, dict):
        return failures(rule.fields, value, rule.fields if hide else (), f"{path}.")
    if rule.kind is list and isinstance(value, list):
        member = Property(kind=str, test=rule.test)
        return [
            failure
            for index, one in enumerate(value)
            for failure in _value_failures(member, one, f"{path}[{index}]", hide)
        ]
    try:
        if type(value) is not rule.kind or (rule.kind is dict and not _is_map(value)):
            raise Invalid(rule.wanted)
        if rule.test:
            rule.test(value)
    except Invalid as error:
        shown = repr(value)
        if len(shown) > LONGEST_SHOWN:
            shown = shown[:LONGEST_SHOWN] + "…"
        reason = str(error) if hide else f"is {shown}; {error}"
        return [Failure(path, reason, error.unsupported)]
    return []


def _is_map(value: Any) -> bool:
    return all(isinstance(one, str) or one is UNKNOWN for one in value.values())

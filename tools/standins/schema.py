"""What an input may be, and what is said when it is not."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, NamedTuple

Properties = dict[str, Any]
LONGEST_SHOWN = 60
"""More characters of a wrong value do not help to find it."""


class Unknown(Enum):
    """The type of ``UNKNOWN``: a value that only the update itself will tell."""

    VALUE = "unknown"


UNKNOWN: Final = Unknown.VALUE


class ProviderError(Exception):
    """A request that cannot be served. The message is for the user, and holds no secret."""


class Failure(NamedTuple):
    """One wrong input: the path of the property, and what is wrong with it."""

    property: str
    reason: str


class Kind(Enum):
    """The type of a property, with the words for it in messages."""

    STRING = "a string"
    INTEGER = "a whole number"
    BOOLEAN = "true or false"
    STRINGS = "a list of strings"
    MAP = "a map of strings"
    OBJECT = "an object"


def always(_old: Any, _new: Any) -> bool:
    """Every change of the property replaces the resource."""
    return True


def never(_old: Any, _new: Any) -> bool:
    """A change of the property is an update in place."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One input.

    ``test`` gets a known value of the right kind (for a list, each member) and returns what it must
    be instead, without saying what it is. ``replaces`` tells whether the change from an old to a
    new value replaces the resource. ``computed``: without a value in the program, what the state
    holds stays. ``write_only``: the value is used, and kept out of the state.
    """

    kind: Kind
    required: bool = False
    default: Any = None
    secret: bool = False
    computed: bool = False
    write_only: bool = False
    test: Callable[[Any], str | None] | None = None
    replaces: Callable[[Any, Any], bool] = always
    fields: Mapping[str, Property] = field(default_factory=dict)


def at_least(minimum: int) -> Callable[[Any], str | None]:
    """A test for numbers."""

    def test(value: Any) -> str | None:
        return None if value >= minimum else f"it must be at least {minimum}"

    return test


def between(minimum: int, maximum: int) -> Callable[[Any], str | None]:
    """A test for numbers."""

    def test(value: Any) -> str | None:
        inside = minimum <= value <= maximum
        return None if inside else f"it must be from {minimum} to {maximum}"

    return test


def one_of(allowed: Iterable[str]) -> Callable[[Any], str | None]:
    """A test for words out of a fixed set."""
    words = tuple(allowed)

    def test(value: Any) -> str | None:
        return None if value in words else f"it must be one of {', '.join(words)}"

    return test


def is_known(value: Any) -> bool:
    """Whether nothing in ``value`` is unknown."""
    if isinstance(value, dict):
        return all(is_known(member) for member in value.values())
    if isinstance(value, list):
        return all(is_known(member) for member in value)
    return value is not UNKNOWN


def known(inputs: Properties, *names: str) -> bool:
    """Whether each of the named inputs is given and known."""
    return all(inputs.get(name) is not None and is_known(inputs[name]) for name in names)


def failures(
    properties: Mapping[str, Property],
    inputs: Properties,
    hidden: Collection[str] = (),
    path: str = "",
) -> list[Failure]:
    """All that is wrong with ``inputs``, one property at a time. Unknown values pass.

    The values of the properties named in ``hidden`` are not shown.
    """
    found = [
        Failure(path + name, f"is not a property; allowed are {', '.join(sorted(properties))}")
        for name in inputs
        if name not in properties
    ]
    for name, rule in properties.items():
        value = inputs.get(name)
        if value is not None:
            found += _value_failures(rule, value, path + name, name in hidden)
        elif rule.required:
            found.append(Failure(path + name, f"is missing; it must be {rule.kind.value}"))
    return found


def _value_failures(rule: Property, value: Any, path: str, hide: bool) -> list[Failure]:
    if value is UNKNOWN:
        return []
    if not _fits(rule.kind, value):
        return [_failure(path, value, f"it must be {rule.kind.value}", hide)]
    if rule.kind is Kind.OBJECT:
        return failures(rule.fields, value, rule.fields if hide else (), f"{path}.")
    if rule.kind is Kind.STRINGS:
        member = Property(kind=Kind.STRING, test=rule.test)
        return [
            failure
            for index, one in enumerate(value)
            for failure in _value_failures(member, one, f"{path}[{index}]", hide)
        ]
    wanted = rule.test(value) if rule.test else None
    return [_failure(path, value, wanted, hide)] if wanted else []


def _failure(path: str, value: Any, wanted: str, hide: bool) -> Failure:
    shown = repr(value)
    if len(shown) > LONGEST_SHOWN:
        shown = shown[:LONGEST_SHOWN] + "…"
    return Failure(path, wanted if hide else f"is {shown}; {wanted}")


def _fits(kind: Kind, value: Any) -> bool:
    if kind is Kind.STRING:
        return isinstance(value, str)
    if kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if kind is Kind.INTEGER:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is Kind.STRINGS:
        return isinstance(value, list)
    if kind is Kind.MAP:
        return isinstance(value, dict) and all(
            isinstance(one, str) or one is None or one is UNKNOWN for one in value.values()
        )
    return isinstance(value, dict)

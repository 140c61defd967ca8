"""Checks values against JSON schemas, as far as the settings of the rules use them.

The engine does the same with a library of its own; here it is done without the engine, before
anything starts, with messages that say what to write.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from linkerd_policies.framework.wording import as_json

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A value that a schema refuses: where it is, what was found, and what is allowed."""

    path: str
    found: str
    allowed: str


def mismatches(value: Any, schema: Schema, path: str) -> Iterator[Mismatch]:
    """Everything about ``value``, at ``path``, that ``schema`` refuses."""
    if not _is_type(value, schema["type"]) or not _in_bounds(value, schema):
        yield Mismatch(path, as_json(value), described(schema))
    elif schema["type"] == "array":
        for index, element in enumerate(value):
            yield from mismatches(element, schema["items"], f"{path}.{index}")
    elif schema["type"] == "object":
        yield from _in_object(value, schema, path)


def described(schema: Schema) -> str:
    """What a schema allows, in words."""
    return _DESCRIPTIONS[schema["type"]](schema)


def _in_object(value: Mapping[str, Any], schema: Schema, path: str) -> Iterator[Mismatch]:
    known = schema["properties"]
    for key in schema.get("required", ()):
        if key not in value:
            yield Mismatch(f"{path}.{key}", "nothing", described(known[key]))
    for key, inner in value.items():
        if key in known:
            yield from mismatches(inner, known[key], f"{path}.{key}")
        else:
            yield Mismatch(f"{path}.{key}", "an unknown key", ", ".join(known))


def _is_type(value: Any, name: str) -> bool:
    if isinstance(value, bool) or name == "boolean":
        return isinstance(value, bool) and name == "boolean"
    if name == "integer":  # the engine sends every number as a float
        return isinstance(value, (int, float)) and float(value).is_integer()
    return isinstance(value, _TYPES[name])


_TYPES: dict[str, type | tuple[type, ...]] = {
    "number": (int, float),
    "string": str,
    "array": list,
    "object": dict,
}


def _in_bounds(value: Any, schema: Schema) -> bool:
    bounds = {key: limit for key, limit in schema.items() if key in _BOUNDS}
    return all(_BOUNDS[key](value, limit) for key, limit in bounds.items())


_BOUNDS: dict[str, Callable[[Any, Any], bool]] = {
    "enum": lambda value, allowed: value in allowed,
    "pattern": lambda value, pattern: re.search(pattern, value) is not None,
    "minLength": lambda value, limit: len(value) >= limit,
    "maxLength": lambda value, limit: len(value) <= limit,
    "minimum": lambda value, limit: value >= limit,
    "maximum": lambda value, limit: value <= limit,
    "minItems": lambda value, limit: len(value) >= limit,
    "maxItems": lambda value, limit: len(value) <= limit,
    "uniqueItems": lambda value, wanted: not wanted or _are_unique(value),
}


def _are_unique(values: list[Any]) -> bool:
    return len({json.dumps(value, sort_keys=True) for value in values}) == len(values)


def _string(schema: Schema) -> str:
    if "enum" in schema:
        return "one of " + ", ".join(schema["enum"])
    if "pattern" in schema:
        return f"text that matches {schema['pattern']}"
    if "minLength" in schema:
        return f"text of {schema['minLength']} to {schema['maxLength']} characters"
    return "text"


def _array(schema: Schema) -> str:
    unique = "different " if schema.get("uniqueItems") else ""
    count = f"{schema['minItems']} to {schema['maxItems']}"
    return f"a list of {count} {unique}entries, each {described(schema['items'])}"


_DESCRIPTIONS: dict[str, Callable[[Schema], str]] = {
    "integer": lambda s: f"a whole number from {s['minimum']} to {s['maximum']}",
    "number": lambda s: f"a number from {s['minimum']:g} to {s['maximum']:g}",
    "boolean": lambda _: "true or false",
    "string": _string,
    "array": _array,
    "object": lambda s: f"an object with {', '.join(s['properties'])}",
}

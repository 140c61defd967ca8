"""Pulumi's encoding of property values in a protobuf ``Struct``, both ways.

Source: "Property values" in the developer docs of pulumi/pulumi (signatures of secrets and
unknowns). A secret anywhere in a property makes the whole property secret.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from google.protobuf import struct_pb2

from tools.standins.schema import UNKNOWN, Properties

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
# The marks of unknown values by type; the type does not matter to a provider.
UNKNOWNS = frozenset(
    {
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Decoded(NamedTuple):
    """Plain values by name, without nulls, and the names of those that hold a secret."""

    values: Properties
    secrets: frozenset[str]


def decode(struct: Any) -> Decoded:
    """Read a ``Struct``."""
    values: Properties = {}
    secrets = set()
    for name, field in struct.fields.items():
        value, secret = _decode(field)
        if value is not None:
            values[name] = value
            if secret:
                secrets.add(name)
    return Decoded(values, frozenset(secrets))


def _decode(field: Any) -> tuple[Any, bool]:
    kind = field.WhichOneof("kind")
    if kind == "struct_value":
        return _decode_struct(field.struct_value)
    if kind == "list_value":
        members = [_decode(member) for member in field.list_value.values]
        return [value for value, _ in members], any(secret for _, secret in members)
    if kind == "string_value":
        return (UNKNOWN if field.string_value in UNKNOWNS else field.string_value), False
    if kind == "number_value":
        number = field.number_value
        return (int(number) if number.is_integer() else number), False
    return (field.bool_value if kind == "bool_value" else None), False


def _decode_struct(struct: Any) -> tuple[Any, bool]:
    if SIGNATURE in struct.fields and struct.fields[SIGNATURE].string_value == SECRET:
        return _decode(struct.fields["value"])[0], True
    members = {name: _decode(member) for name, member in struct.fields.items()}
    values = {name: value for name, (value, _) in members.items()}
    return values, any(secret for _, secret in members.values())


def encode(values: Mapping[str, Any], secrets: Collection[str]) -> Any:
    """Write a ``Struct``, with the properties named in ``secrets`` marked."""
    struct = struct_pb2.Struct()
    for name, value in values.items():
        if value is not None:
            plain = _encode(value)
            struct[name] = {SIGNATURE: SECRET, "value": plain} if name in secrets else plain
    return struct


def _encode(value: Any) -> Any:
    if value is UNKNOWN:
        return UNKNOWN_STRING
    if isinstance(value, dict):
        return {name: _encode(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_encode(member) for member in value]
    return value

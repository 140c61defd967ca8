"""Reads a resource's properties as the engine sends them, without converting what no rule reads.

The SDK converts every resource as a whole, three times over. These views behave as its proxies do:
reading a value that the preview cannot know raises, and a secret reads as what is in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY
from pulumi_policy.proxy import (
    UNKNOWN_ARCHIVE_VALUE,
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_ASSET_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_OBJECT_VALUE,
    UNKNOWN_STRING_VALUE,
    UnknownValueError,
)

UNKNOWN_VALUES = frozenset(
    {
        UNKNOWN_ARCHIVE_VALUE,
        UNKNOWN_ARRAY_VALUE,
        UNKNOWN_ASSET_VALUE,
        UNKNOWN_BOOLEAN_VALUE,
        UNKNOWN_NUMBER_VALUE,
        UNKNOWN_OBJECT_VALUE,
        UNKNOWN_STRING_VALUE,
    }
)
"""What the engine sends in the place of values that the preview cannot know."""


class MapView(Mapping[str, Any]):
    """A protobuf ``Struct``."""

    __slots__ = ("_fields", "_path", "_read")

    def __init__(self, struct: Any, path: tuple[str, ...] = ()) -> None:
        """View ``struct``, which is at ``path`` in the resource."""
        self._fields = struct.fields
        self._path = path
        self._read: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        """The value at ``key``. Raises UnknownValueError where the preview cannot know it."""
        if key in self._read:
            return self._read[key]
        if key not in self._fields:  # reading a missing field would add it
            raise KeyError(key)
        value = self._read[key] = _value(self._fields[key], (*self._path, key))
        return value

    def __contains__(self, key: object) -> bool:
        """Whether there is a value at ``key``, known or not."""
        return key in self._fields

    def __len__(self) -> int:
        """The number of keys."""
        return len(self._fields)

    def __iter__(self) -> Iterator[str]:
        """The keys."""
        return iter(self._fields)

    def __repr__(self) -> str:
        """The keys alone, for messages: a value may be a secret."""
        return f"{{{', '.join(sorted(self))}}}"


class ListView(Sequence[Any]):
    """A protobuf ``ListValue``."""

    __slots__ = ("_path", "_values")

    def __init__(self, values: Any, path: tuple[str, ...]) -> None:
        """View ``values``, which are at ``path`` in the resource."""
        self._values = values
        self._path = path

    def __getitem__(self, index: Any) -> Any:
        """The element at ``index``. Raises UnknownValueError where the preview cannot know it."""
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        return _value(self._values[index], (*self._path, str(index)))

    def __len__(self) -> int:
        """The number of elements."""
        return len(self._values)

    def __repr__(self) -> str:
        """The number of elements alone, for messages: one may be a secret."""
        return f"[{len(self)} elements]"


def _value(value: Any, path: tuple[str, ...]) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        if text in UNKNOWN_VALUES:
            raise UnknownValueError(text, list(path))
        return text
    if kind == "struct_value":
        fields = value.struct_value.fields
        if SPECIAL_SIG_KEY in fields and fields[SPECIAL_SIG_KEY].string_value == SPECIAL_SECRET_SIG:
            return _value(fields["value"], path)
        return MapView(value.struct_value, path)
    if kind == "list_value":
        return ListView(value.list_value.values, path)
    return None if kind == "null_value" else getattr(value, kind)

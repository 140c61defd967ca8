"""What differs between two objects: the innermost values, with their paths."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commands.preview.model import Special, Step

# The items of a list are identified by the first of these keys that all of them have.
_NAMES = ("name", "service", "cidr")
_PART = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.\[\]]+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """One value that differs. In ``path``, the items of a list are named if they have names."""

    path: tuple[str, ...]
    old: object
    new: object


def leaves(step: Step) -> list[Leaf]:
    """Everything that differs between the step's inputs, in the new object's order.

    The engine masks both sides of a secret, so only its paths show that a secret changes.
    """
    found = list(_differences((), step.old, step.new))
    known = {leaf.path for leaf in found}
    if step.op in ("update", "replace"):
        for text in step.paths:
            path = segments(text)
            if path not in known and _is_secret(step, path):
                found.append(Leaf(path=path, old=Special.SECRET, new=Special.SECRET))
    return found


def segments(path: str) -> tuple[str, ...]:
    """The keys of a path in the engine's notation: ``a["b.c"].d[0]`` → a, b.c, d, 0."""
    return tuple(quoted or index or key for quoted, index, key in _PART.findall(path))


def _is_secret(step: Step, path: Sequence[str]) -> bool:
    return any(lookup(side, *path) is Special.SECRET for side in (step.old, step.new))


def lookup(value: Any, *path: str) -> Any:
    """The value at the path, with a list's items by their index.

    :attr:`Special.ABSENT` where there is none, and :attr:`Special.SECRET` inside a masked value.
    """
    for key in path:
        if value is Special.SECRET:
            return value
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return Special.ABSENT
    return value


def _differences(path: tuple[str, ...], old: Any, new: Any) -> Iterator[Leaf]:
    if old == new:
        return
    left, right = _children(old), _children(new)
    if left is None or right is None or not (left or right):
        yield Leaf(path=path, old=old, new=new)
        return
    for key in dict.fromkeys((*right, *left)):
        yield from _differences(
            (*path, key), left.get(key, Special.ABSENT), right.get(key, Special.ABSENT)
        )


def _children(value: Any) -> Mapping[str, Any] | None:
    """The value's parts by key; ``None`` for a value shown as a whole, such as a list of words."""
    if value is Special.ABSENT or value == []:
        return {}
    if isinstance(value, Mapping):
        return value
    if isinstance(value, list) and any(isinstance(item, (Mapping, list)) for item in value):
        return _by_name(value)
    return None


def _by_name(items: Sequence[Any]) -> Mapping[str, Any]:
    for key in _NAMES:
        names = [item.get(key) for item in items if isinstance(item, Mapping)]
        if len(set(map(str, names))) == len(items) and all(isinstance(n, str) for n in names):
            return dict(zip(map(str, names), items, strict=True))
    return {str(index): item for index, item in enumerate(items)}

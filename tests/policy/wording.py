"""What every message must be, whatever the rule: checked wherever a test asks for violations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from linkerd_policies.framework.objects import filled
from linkerd_policies.framework.values import UNKNOWN_VALUES

_PLAIN = re.compile(r"Write (?P<path>\S+) of .+ as a plain value")
_STEP = re.compile(r'\["(?P<key>[^"]+)"\]|\[(?P<index>[0-9]+)\]|(?P<name>[^.\[\]]+)')


def assert_well_said(message: str, manifests: Iterable[Any]) -> None:
    """A message shows no Python, and a value that it calls unknown is unknown."""
    assert not re.search(r"\bNone\b|\bUnknown\.UNKNOWN\b|<\w+ object", message), message
    match = _PLAIN.search(message)
    if match:
        steps = list(_steps(match["path"]))
        assert any(_meets_unknown(one, steps) for one in _objects(manifests)), message


def _objects(manifests: Iterable[Any]) -> Iterator[Any]:
    for manifest in manifests:
        yield manifest
        items = manifest.get("items")
        yield from items if filled(items) else ()


def _steps(path: str) -> Iterator[str | int]:
    for match in _STEP.finditer(path):
        yield int(match["index"]) if match["index"] else match["key"] or match["name"]


def _meets_unknown(value: Any, steps: list[str | int]) -> bool:
    """Whether something is unknown at the path, above or below it, or it may be set there."""
    for number, step in enumerate(steps):
        if value in _UNKNOWN_TEXTS:
            return True
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            misspelt = isinstance(value, dict) and str(step).lower() in map(str.lower, value)
            return number > 0 and not misspelt
    return any(text in str(value) for text in _UNKNOWN_TEXTS)


_UNKNOWN_TEXTS = sorted(UNKNOWN_VALUES)

"""Values for Helm charts, put together from several concerns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """The parts as one, mappings joined key by key; where two say a thing, the later one wins."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            known = whole.get(key)
            both = isinstance(known, Mapping) and isinstance(value, Mapping)
            whole[key] = merged(known or {}, value) if both else value
    return whole

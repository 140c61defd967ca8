"""Merges the values for a Helm chart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Merge the parts, nested mappings key by key. A later part overrides an earlier one."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            known = whole.get(key)
            both = isinstance(known, Mapping) and isinstance(value, Mapping)
            whole[key] = merged(known or {}, value) if both else value
    return whole

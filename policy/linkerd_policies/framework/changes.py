"""Applies the changes of a remediation to a resource, as the engine sends it.

The engine's form keeps unknown values and the secrecy of secrets; neither is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

from linkerd_policies.framework.model import Change


def applied(properties: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """A copy of ``properties`` with every change made, missing maps on the way included."""
    result = dict(properties)
    for change in changes:
        result = _set(result, change.path, change.value)
    return result


def _set(holder: Mapping[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    if holder.get(SPECIAL_SIG_KEY) == SPECIAL_SECRET_SIG:
        return {**holder, "value": _set(holder.get("value") or {}, path, value)}
    step, *rest = path
    inner = _set(holder.get(step) or {}, tuple(rest), value) if rest else value
    return {**holder, step: inner}

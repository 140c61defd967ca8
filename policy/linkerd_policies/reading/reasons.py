"""Reasons that an object gives, in an annotation of this pack, for an exception to a rule."""

from __future__ import annotations

from linkerd_policies.shared.limits import MIN_REASON


def is_reason(value: object) -> bool:
    """Whether an annotation's value is a reason: text of :data:`MIN_REASON` characters or more."""
    return isinstance(value, str) and len(value.strip()) >= MIN_REASON

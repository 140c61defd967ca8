"""Reasons that an object gives, in an annotation of this pack, for an exception to a rule."""

from __future__ import annotations

MIN_REASON = 10
"""The least number of characters in a reason, so that it has to say something."""


def is_reason(value: object) -> bool:
    """Whether an annotation's value is a reason: text of :data:`MIN_REASON` characters or more."""
    return isinstance(value, str) and len(value.strip()) >= MIN_REASON

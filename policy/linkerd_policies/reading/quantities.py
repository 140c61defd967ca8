"""Kubernetes quantities, such as ``50m`` or ``64Mi``."""

from __future__ import annotations

import re

_ABOVE_ZERO = re.compile(r"[0.]*[1-9]")


def is_above_zero(quantity: object) -> bool:
    """Whether a quantity, such as ``50m`` or ``0.5``, is more than nothing."""
    return _ABOVE_ZERO.match(str(quantity)) is not None

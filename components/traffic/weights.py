"""A canary's share as whole weights."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

TOTAL = 1000
"""What the two weights add up to, so that one decimal of a per cent is a whole weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The weights of the stable version and of the canary; their sum is :data:`TOTAL`."""

    stable: int
    canary: int


def weights(percent: Decimal) -> Weights:
    """The weights for a canary that gets ``percent`` per cent of the requests: 10 → 900, 100."""
    canary = int(percent * TOTAL / 100)
    return Weights(stable=TOTAL - canary, canary=canary)

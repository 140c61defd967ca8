"""How a canary gets its requests: by weight, and by the headers that testers send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

TOTAL = 1000
"""The sum of both weights, so that 0.1 per cent is a whole weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """The weights of the stable version and of the canary; their sum is :data:`TOTAL`."""

    stable: int
    canary: int


def weights(percent: Decimal) -> Weights:
    """The weights for a canary with ``percent`` per cent of the requests: 10 gives 900 and 100."""
    canary = int(percent * TOTAL / 100)
    return Weights(stable=TOTAL - canary, canary=canary)


@dataclass(frozen=True, slots=True, kw_only=True)
class Testers:
    """Requests with all of these ``headers``, at least one, go to the Service ``backend``."""

    headers: Mapping[str, str]
    backend: str

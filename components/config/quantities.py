"""Kubernetes quantities as numbers, to compare them.

Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from decimal import Decimal

_SUFFIXES = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGT", start=1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGT", start=1)},
}


def amount(quantity: str) -> Decimal:
    """``64Mi`` → 67108864, ``250m`` → 0.25. Raises ``ValueError`` for any other text."""
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)", quantity, re.ASCII)
    if found is None or found[2] not in _SUFFIXES:
        raise ValueError(f"no quantity: {quantity}")
    return Decimal(found[1]) * _SUFFIXES[found[2]]

"""Who sees a canary first: requests with certain headers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Testers:
    """Requests with all of these ``headers``, at least one, go to the Service ``backend``."""

    headers: Mapping[str, str]
    backend: str

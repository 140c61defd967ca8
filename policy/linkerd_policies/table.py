"""The one table of all rules."""

from __future__ import annotations

from . import authorizations, breakers, canary, clashes, control_plane, mtls, retries
from .model import Rule

RULES: tuple[Rule, ...] = (
    *mtls.RULES,
    *control_plane.RULES,
    *authorizations.RULES,
    *retries.RULES,
    *clashes.RULES,
    *canary.RULES,
    *breakers.RULES,
)

"""The one table of all rules."""

from __future__ import annotations

from . import (
    amplification,
    annotation_names,
    authorizations,
    breakers,
    canary,
    clashes,
    control_plane,
    exposure,
    fields,
    mtls,
    profiles,
    retries,
    servers,
    wiring,
)
from .model import Rule

RULES: tuple[Rule, ...] = (
    *mtls.RULES,
    *control_plane.RULES,
    *authorizations.RULES,
    *servers.RULES,
    *retries.RULES,
    *amplification.RULES,
    *clashes.RULES,
    *canary.RULES,
    *breakers.RULES,
    *fields.RULES,
    *annotation_names.RULES,
    *profiles.RULES,
    *wiring.RULES,
    *exposure.RULES,
)

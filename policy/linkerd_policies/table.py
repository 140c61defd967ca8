"""The one table of all rules."""

from __future__ import annotations

from . import (
    accounts,
    authorizations,
    availability,
    clashes,
    clear_secrets,
    control_plane,
    images,
    mtls,
    pod_security,
    private_keys,
    resources,
    retries,
)
from .model import Rule

RULES: tuple[Rule, ...] = (
    *mtls.RULES,
    *control_plane.RULES,
    *authorizations.RULES,
    *retries.RULES,
    *clashes.RULES,
    *pod_security.RULES,
    *resources.RULES,
    *availability.RULES,
    *images.RULES,
    *accounts.RULES,
    *clear_secrets.RULES,
    *private_keys.RULES,
)

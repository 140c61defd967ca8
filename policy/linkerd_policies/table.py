"""The one table of all rules."""

from __future__ import annotations

from . import (
    accounts,
    authorizations,
    availability,
    certificates,
    clashes,
    clear_secrets,
    control_plane,
    images,
    mesh_install,
    mesh_namespaces,
    mtls,
    pod_security,
    private_keys,
    proxies,
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
    *certificates.RULES,
    *mesh_install.RULES,
    *mesh_namespaces.RULES,
    *proxies.RULES,
)

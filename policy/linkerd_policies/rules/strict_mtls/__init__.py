"""Strict mTLS: clients without a mesh identity are refused."""

from linkerd_policies.rules.strict_mtls import (
    authorizations,
    control_plane,
    inbound_policy,
    server_coverage,
)

RULES = (
    *inbound_policy.RULES,
    *control_plane.RULES,
    *authorizations.RULES,
    *server_coverage.RULES,
)

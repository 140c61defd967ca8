"""Workloads: security, resources, availability, images and accounts of meshed pods."""

from linkerd_policies.rules.workloads import (
    accounts,
    availability,
    clear_secrets,
    images,
    pod_security,
    resources,
)

RULES = (
    *pod_security.RULES,
    *resources.RULES,
    *availability.RULES,
    *images.RULES,
    *accounts.RULES,
    *clear_secrets.RULES,
)

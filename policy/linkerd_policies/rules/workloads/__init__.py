"""Workloads: what meshed pods must say about security, resources, availability and images."""

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

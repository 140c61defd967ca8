"""Retry limits: each retry is bounded, and retries along a chain of calls do not multiply."""

from linkerd_policies.rules.retry_limits import amplification, bounds

RULES = (
    *bounds.RULES,
    *amplification.RULES,
)

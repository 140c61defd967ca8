"""Retry limits: each retry is bounded and harmless, and retries along a chain do not multiply."""

from linkerd_policies.rules.retry_limits import amplification, bounds, idempotence

RULES = (
    *bounds.RULES,
    *idempotence.RULES,
    *amplification.RULES,
)

"""Canaries: weights and backends that send every request somewhere."""

from linkerd_policies.rules.canaries import splits, weights

RULES = (
    *weights.RULES,
    *splits.RULES,
)

"""Wiring: selectors and references that match nothing, or too much."""

from linkerd_policies.rules.wiring import dangling, selectors

RULES = (
    *selectors.RULES,
    *dangling.RULES,
)

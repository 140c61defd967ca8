"""The one table of all rules, in the order of the documentation."""

from __future__ import annotations

from linkerd_policies.framework.model import Rule
from linkerd_policies.rules import (
    canaries,
    certificates,
    circuit_breakers,
    clashes,
    exposure,
    hygiene,
    retry_limits,
    strict_mtls,
    unknown_names,
    wiring,
    workloads,
)

RULES: tuple[Rule, ...] = (
    *strict_mtls.RULES,
    *retry_limits.RULES,
    *clashes.RULES,
    *canaries.RULES,
    *circuit_breakers.RULES,
    *unknown_names.RULES,
    *wiring.RULES,
    *exposure.RULES,
    *workloads.RULES,
    *certificates.RULES,
    *hygiene.RULES,
)

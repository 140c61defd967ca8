"""Clusters that answer the questions before a run, and what is found wrong with them."""

from __future__ import annotations

from typing import Any

from components.cluster import checks
from components.cluster.facts import ClusterContext, Facts
from components.config.stack.settings import Settings
from components.findings import Finding


def found(facts: Facts, **linkerd: Any) -> list[Finding]:
    settings = Settings.model_validate({"linkerd": linkerd, "pods": {"preStopSeconds": 0}})
    context = ClusterContext(settings=settings, facts=facts)
    return [finding for rule in checks.RULES for finding in rule(context)]


def facts(version: tuple[int, int] = (1, 33), **others: Any) -> Facts:
    return Facts(version=version, **{"nodes": 3, **others})

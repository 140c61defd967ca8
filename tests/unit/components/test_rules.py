"""The table of rules."""

from __future__ import annotations

import importlib
import pkgutil
from types import FunctionType

from components.cluster import (
    certificates,
    checks,
    cluster_wide,
    crd_gates,
    folders,
    guards,
    ownership,
    preflight,
    secrets,
    shape,
)
from components.config import rules
from components.config.rules import canaries, routes, table, workloads

ELSEWHERE: set[object] = {canaries.canaries_are_known}
"""Rules that need more than a context: settings as written."""

CLUSTER = (
    certificates,
    cluster_wide,
    crd_gates,
    folders,
    guards,
    ownership,
    preflight,
    secrets,
    shape,
)

HELPERS: set[object] = {
    routes.contexts,
    table.findings,
    guards.warnings,
    workloads.beyond_limits,
}


def test_every_rule_is_in_one_table_once() -> None:
    """A rule that nobody calls would go unnoticed."""
    names = [f"{rules.__name__}.{each.name}" for each in pkgutil.iter_modules(rules.__path__)]
    modules = [*map(importlib.import_module, names), *CLUSTER]
    written: set[object] = {
        function
        for module in modules
        for function in vars(module).values()
        if isinstance(function, FunctionType)
        and function.__module__ == module.__name__
        and "Iterator[" in str(function.__annotations__.get("return"))
        and not function.__name__.startswith("_")
        and function not in HELPERS
    }
    listed: list[object] = [
        *(*table.CATALOGUE, *table.SERVICE, *table.ROUTE, *table.SETTINGS, *table.OVERRIDES),
        *(*table.WARNINGS, *checks.RULES, *checks.RULES_THAT_ASK),
    ]
    assert len(set(listed)) == len(listed)
    assert written == {*listed, *ELSEWHERE}

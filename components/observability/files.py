"""The rule files of a stack."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml

from components.config.catalogue.model import Catalogue
from components.config.stack.settings import Settings
from components.observability import alerts, burn
from components.observability.conditions import Condition
from components.observability.model import Group, Rule, Severity, content
from components.observability.objectives import slos
from components.observability.scope import Scope, scope
from components.resources.specs.prometheus_operator import PrometheusRuleSpec

MOST_RULES = 500
"""The most rules in one file, so that it fits into a ConfigMap of 1 MiB."""
NAME = "linkerd-platform"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """One rule file. ``name`` is a DNS label, and the file's name without its end."""

    name: str
    content: PrometheusRuleSpec

    @property
    def text(self) -> str:
        """The file as YAML."""
        return yaml.safe_dump(dict(self.content), sort_keys=False, width=10_000)

    @property
    def file(self) -> str:
        """The file's name. Viz's Prometheus loads names that end like this."""
        return f"{self.name}_rules.yml"

    @property
    def versioned(self) -> str:
        """The name with a hash of the content: a mounted file is never read again."""
        return f"{self.name}-{hashlib.sha256(self.text.encode()).hexdigest()[:10]}"


def rule_files(catalogue: Catalogue, settings: Settings) -> list[RuleFile]:
    """The rules of a stack, whatever Prometheus evaluates them.

    ``catalogue`` has the stack's overrides applied.
    """
    found = groups(scope(catalogue, settings))
    return [
        RuleFile(name=NAME if index == 0 else f"{NAME}-{index + 1}", content=content(part))
        for index, part in enumerate(_parts(found))
    ]


def groups(stack: Scope) -> Iterator[Group]:
    """The alerts, then a group for each objective."""
    yield Group(name="alerts", rules=list(alerts.rules(stack)))

    def alert(severity: Severity, condition: Condition) -> Rule:
        kind = alerts.BUDGET_PAGE if severity == "page" else alerts.BUDGET_TICKET
        return kind.rule(condition, stack.namespace)

    for slo in slos(stack):
        yield burn.group(slo, alert, keeps_days=stack.keeps_days)


def _parts(found: Iterable[Group]) -> Iterator[list[Group]]:
    part: list[Group] = []
    for group in found:
        if part and sum(len(one.rules) for one in part) + len(group.rules) > MOST_RULES:
            yield part
            part = []
        part.append(group)
    yield part

"""The parts of a rule file.

Source: https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from components.resources.specs.prometheus_operator import PrometheusRuleSpec

Severity: TypeAlias = Literal["page", "ticket"]
"""``page``: somebody looks at once. ``ticket``: somebody looks on the next working day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A recording rule or an alert, by which of the two names it has."""

    expr: str
    record: str = ""
    alert: str = ""
    wait: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def content(self) -> dict[str, Any]:
        """The rule as Prometheus reads it, without empty keys."""
        every = {
            "record": self.record,
            "alert": self.alert,
            "expr": self.expr,
            "for": self.wait,
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
        }
        return {key: value for key, value in every.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that Prometheus evaluates one after the other."""

    name: str
    rules: Sequence[Rule]

    @property
    def content(self) -> dict[str, Any]:
        """The group as Prometheus reads it."""
        return {"name": self.name, "rules": [rule.content for rule in self.rules]}


def content(groups: Iterable[Group]) -> PrometheusRuleSpec:
    """A whole rule file."""
    return {"groups": [group.content for group in groups]}

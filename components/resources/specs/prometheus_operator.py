"""The Prometheus Operator (monitoring.coreos.com).

Source: https://prometheus-operator.dev/docs/api-reference/api/#monitoring.coreos.com/v1.PrometheusRule
"""

from __future__ import annotations

from typing import Any, TypedDict

from components.resources.specs.kind import Kind


class PrometheusRuleSpec(TypedDict):
    """The groups of a rule file, as Prometheus itself reads them."""

    groups: list[dict[str, Any]]


PROMETHEUS_RULE = Kind[PrometheusRuleSpec]("PrometheusRule", "monitoring.coreos.com/v1")

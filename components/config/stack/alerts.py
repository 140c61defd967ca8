"""Where a stack's alerts go."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from components.config.scalars import Address
from components.config.validation import Model

AlertRules: TypeAlias = Literal["viz", "operator", "off"]
"""Which Prometheus evaluates the rules, if any."""


class Alerts(Model):
    """The rules for objectives and alerts, and which Prometheus evaluates them."""

    rules: AlertRules | None = None
    """``viz``: viz's own Prometheus loads the rules; ``operator``: a PrometheusRule and PodMonitors
    for an installed Prometheus Operator; ``off``: no rules. The default is ``viz`` where this stack
    installs viz with its own Prometheus, and else ``off``."""

    labels: dict[str, str] = Field(default_factory=dict)
    """Labels of the PrometheusRules and PodMonitors, by which the operator's Prometheus selects
    them, such as ``release``. Only with ``rules: operator``."""

    alertmanager: Address | None = None
    """Alertmanager that viz's Prometheus sends alerts to, as ``host:port``. Only with
    ``rules: viz``."""

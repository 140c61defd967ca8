"""Rules about objectives and where their alerts go."""

from __future__ import annotations

from collections.abc import Iterator

from components.config.catalogue.model import Service
from components.config.catalogue.objectives import Objective, is_measured, spelled
from components.config.problems import one_of
from components.config.rules.context import OverridesContext, ServiceContext, StackContext
from components.findings import Finding


def objectives_are_measured(entry: ServiceContext) -> Iterator[Finding]:
    """Proxies count latencies in steps: an objective between two of them is never known."""
    service = entry.service
    yield from _latency("objective", service.objective, service)
    for index, route in enumerate(service.routes):
        yield from _latency(f"routes.{index}.objective", route.objective, service)


def overridden_objectives_are_measured(stack: OverridesContext) -> Iterator[Finding]:
    """The same for what a stack sets."""
    for name, override in stack.settings.services.items():
        service = stack.catalogue.services.get(name)
        if service is not None:
            yield from _latency(f"services.{name}.objective", override.objective, service)


def _latency(path: str, objective: Objective | None, service: Service) -> Iterator[Finding]:
    if objective is None or is_measured(objective.latency, service.style):
        return
    yield Finding(
        path=f"{path}.latency",
        found=f'"{objective.latency}", in style `{service.style}`',
        allowed=one_of(spelled(service.style)),
        fix="Choose one of those: the proxies count requests up to them.",
    )


def alerts_have_a_place(stack: StackContext) -> Iterator[Finding]:
    """Only viz's own Prometheus takes rule files, and each place has keys of its own."""
    alerts, linkerd = stack.settings.alerts, stack.settings.linkerd
    if alerts.rules == "viz" and not linkerd.has_own_prometheus:
        yield Finding(
            path="alerts.rules",
            found=f'"viz", with `viz: {linkerd.viz}`'
            + (" and `prometheusUrl`" if linkerd.prometheus_url else ""),
            allowed='"operator" or "off", or `linkerd.viz: install` without `prometheusUrl`',
            fix="Choose one: this stack installs no Prometheus that could load the rules.",
        )
    used = {"labels": "operator", "alertmanager": "viz"}
    for key, place in used.items():
        if getattr(alerts, key) and stack.settings.alert_rules != place:
            yield Finding(
                path=f"alerts.{key}",
                found=f"a value, with `rules: {stack.settings.alert_rules}`",
                allowed=f"a value with `rules: {place}`",
                fix=f"Delete it, or set `alerts.rules: {place}`.",
            )

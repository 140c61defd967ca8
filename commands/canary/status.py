"""``make canary-status``: the traffic of each version of each canary, and the verdict on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from commands.canary import flagger, gate, metrics, prometheus, versions
from commands.canary.metrics import QUANTILES, Traffic
from commands.canary.verdict import Outcome, Verdict, judge
from commands.console import console
from commands.deploy.errors import DeployError
from commands.deploy.stack import Stack
from components.config.problems import suggestion
from components.config.stack.canary import Analysis, Canary
from components.config.stack.settings import Settings

EXIT_CODES: Mapping[Outcome, int] = {
    Outcome.READY: 0,
    Outcome.IDLE: 0,
    Outcome.HOLD: 3,
    Outcome.FAILING: 4,
}
"""The command exits with the highest code of its canaries; 1 is an error, as everywhere."""

COLORS: Mapping[Outcome, str] = {
    Outcome.READY: "green",
    Outcome.IDLE: "dim",
    Outcome.HOLD: "yellow",
    Outcome.FAILING: "red",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """A canary with the traffic of its two versions, and the verdict on the new one."""

    service: str
    canary: Canary
    deployments: versions.Deployments
    traffic: Mapping[str, Traffic]
    verdict: Verdict


def run(stack: Stack, *, service: str) -> int:
    """Show every canary of the stack, or that of ``service``. Returns the exit code.

    Raises :class:`DeployError` where there is none, or its metrics cannot be read.
    """
    return show(stack, service, console())


def show(stack: Stack, service: str, out: Console) -> int:
    """The same on any console."""
    settings = stack.canary_settings()
    wanted = _wanted(stack, settings, service)
    if settings.linkerd.unsupported == "warn":
        print(gate.NO_DATA_PLANE)
        return 0
    with prometheus.reached(stack.cluster(), settings.linkerd) as ask:
        found = list(_observed(stack, settings, wanted, ask))
    out.print(table(found))
    return max(EXIT_CODES[one.verdict.outcome] for one in found)


def _wanted(stack: Stack, settings: Settings, service: str) -> dict[str, Canary]:
    if service and service not in settings.canaries:
        hint = suggestion(service, settings.canaries)
        raise DeployError(f'{stack.file.name} has no canary of "{service}". {hint}'.rstrip())
    if not settings.canaries:
        raise DeployError(
            f"{stack.file.name} has no canaries. `make canary SERVICE=... WEIGHT=...` starts one."
        )
    return {service: settings.canaries[service]} if service else dict(settings.canaries)


def _observed(
    stack: Stack, settings: Settings, wanted: Mapping[str, Canary], ask: metrics.Ask
) -> Iterator[Observed]:
    for service, canary in wanted.items():
        deployments = versions.deployments(stack, service, canary)
        names = (deployments.stable, deployments.new)
        traffic = metrics.read(ask, settings.namespace, service, names, _window(canary))
        verdict = (
            flagger.verdict(stack.cluster(), settings.namespace, service)
            if canary.is_automated
            else judge(canary, traffic[deployments.new])
        )
        yield Observed(
            service=service,
            canary=canary,
            deployments=deployments,
            traffic=traffic,
            verdict=verdict,
        )


def _window(canary: Canary) -> str:
    if canary.is_automated:
        return (canary.analysis or Analysis()).interval
    return canary.window


def table(found: Sequence[Observed]) -> Table:
    """A row for each version, the new one with the verdict."""
    shown = Table(title="Canaries", title_justify="left")
    shown.add_column("Service")
    shown.add_column("Version")
    for column in ("Window", "Requests", "Share", "Success", *_percentiles()):
        shown.add_column(column, justify="right")
    shown.add_column("Verdict")
    for one in found:
        total = sum(traffic.requests for traffic in one.traffic.values())
        text = f"[{COLORS[one.verdict.outcome]}]{one.verdict.text}[/]"
        names = ((one.deployments.stable, one.service, ""), (one.deployments.new, "", text))
        for name, service, verdict in names:
            cells = _cells(one.traffic[name], total)
            shown.add_row(service, name, _window(one.canary), *cells, verdict)
        shown.add_section()
    return shown


def _percentiles() -> list[str]:
    return [f"P{100 * quantile:g}" for quantile in QUANTILES]


def _cells(traffic: Traffic, total: float) -> list[str]:
    success = traffic.success
    return [
        f"{traffic.requests:.0f}",
        f"{100 * traffic.requests / total:.1f} %" if total else "-",
        "-" if success is None else f"{success:.2f} %",
        *(_milliseconds(traffic.latency.get(quantile)) for quantile in QUANTILES),
    ]


def _milliseconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f} ms"

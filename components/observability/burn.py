"""Recording rules and burn-rate alerts of one objective, named and labelled as Sloth does.

So Sloth's Grafana boards work on them: 14348 and 14643. A test compares the rules with Sloth's own.
Sources: https://sloth.dev, https://sre.google/workbook/alerting-on-slos/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from components.observability.conditions import Condition
from components.observability.model import Group, Rule, Severity
from components.observability.promql import equal, selector

DAYS = 30
PERIOD = f"{DAYS}d"
SHORTEST = "5m"
PAGE = ((14.4, "5m", "1h"), (6, "30m", "6h"))
TICKET = ((3, "2h", "1d"), (1, "6h", "3d"))
"""How many times too fast the error budget burns, over a short and over a long window."""

Ratio = Callable[[str], str]
"""The query for the share of bad requests in a window."""
AlertOf = Callable[[Severity, Condition], Rule]
"""Makes the alert of a condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """An objective: ``percent`` of a service's requests are good. ``bad`` is the others' share."""

    service: str
    name: str
    percent: float
    bad: Ratio

    @property
    def labels(self) -> dict[str, str]:
        """The labels that every rule of the objective has."""
        return {
            "sloth_id": f"{self.service}-{self.name}",
            "sloth_service": self.service,
            "sloth_slo": self.name,
        }


def group(slo: Slo, alert: AlertOf, *, keeps_days: bool) -> Group:
    """The rules of one objective.

    A Prometheus that does not keep the data of several days gets neither the records that need
    them nor the ticket.
    """
    return Group(
        name=f"slo-{slo.labels['sloth_id']}",
        rules=[
            *_ratios(slo, keeps_days),
            *_facts(slo, keeps_days),
            alert("page", _burning(slo, "page", PAGE)),
            *([alert("ticket", _burning(slo, "ticket", TICKET))] if keeps_days else []),
        ],
    )


def metric(window: str) -> str:
    """The record of the share of bad requests in a window."""
    return f"slo:sli_error:ratio_rate{window}"


def _of(slo: Slo, name: str) -> str:
    return selector(name, *(equal(label, value) for label, value in slo.labels.items()))


def _ratios(slo: Slo, keeps_days: bool) -> Iterator[Rule]:
    pairs = [*PAGE, *(TICKET if keeps_days else ())]
    for window in dict.fromkeys(window for _, *both in pairs for window in both):
        yield _ratio(slo, window, f"({slo.bad(window)})")
    if keeps_days:
        short = f"{_of(slo, metric(SHORTEST))}[{PERIOD}]"
        total = f"sum_over_time({short}) / ignoring (sloth_window) count_over_time({short})"
        yield _ratio(slo, PERIOD, total)


def _ratio(slo: Slo, window: str, expr: str) -> Rule:
    return Rule(record=metric(window), expr=expr, labels={**slo.labels, "sloth_window": window})


def _facts(slo: Slo, keeps_days: bool) -> Iterator[Rule]:
    share = slo.percent / 100
    records: dict[str, str] = {
        "slo:objective:ratio": f"vector({share:g})",
        "slo:error_budget:ratio": f"vector(1-{share:g})",
        "slo:time_period:days": f"vector({DAYS})",
        "slo:current_burn_rate:ratio": _burn_rate(slo, SHORTEST),
    }
    if keeps_days:
        records["slo:period_burn_rate:ratio"] = _burn_rate(slo, PERIOD)
        remaining = f"1 - {_of(slo, 'slo:period_burn_rate:ratio')}"
        records["slo:period_error_budget_remaining:ratio"] = remaining
    for name, expr in records.items():
        yield Rule(record=name, expr=expr, labels=slo.labels)
    info = {**slo.labels, "sloth_objective": f"{slo.percent:g}"}
    yield Rule(record="sloth_slo_info", expr="vector(1)", labels=info)


def _burn_rate(slo: Slo, window: str) -> str:
    return (
        f"{_of(slo, metric(window))} / on(sloth_id, sloth_slo, sloth_service) group_left "
        f"{_of(slo, 'slo:error_budget:ratio')}"
    )


def _burning(slo: Slo, severity: Severity, pairs: Sequence[tuple[float, str, str]]) -> Condition:
    budget = round(1 - slo.percent / 100, 10)

    def above(window: str, factor: float) -> str:
        burning = f"{_of(slo, metric(window))} > ({factor:g} * {budget:g})"
        return f"max({burning}) without (sloth_window)"

    query = " or ".join(
        f"({above(short, factor)} and {above(long, factor)})" for factor, short, long in pairs
    )
    return Condition(query, {"sloth_severity": severity, **slo.labels})

"""Whether a canary may get more requests. No I/O, so that every case can be tested."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from commands.canary.metrics import Traffic
from components.config.stack.canary import Canary


class Outcome(Enum):
    """The result of judging a canary's traffic."""

    READY = "ready to go on"
    IDLE = "idle: its weight is 0"
    HOLD = "hold"
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome, and a text that says why."""

    outcome: Outcome
    text: str


def judge(canary: Canary, traffic: Traffic) -> Verdict:
    """Judge a new version's traffic by the canary's objective.

    With fewer than ``minimumRequests`` the outcome is :attr:`Outcome.HOLD`.
    """
    if canary.weight == 0:
        return Verdict(outcome=Outcome.IDLE, text=Outcome.IDLE.value)
    success = traffic.success
    if success is None or traffic.requests < canary.minimum_requests:
        found = f"{traffic.requests:.0f} of {canary.minimum_requests} requests in {canary.window}"
        return Verdict(outcome=Outcome.HOLD, text=f"hold: too little traffic ({found})")
    if success < canary.objective:
        text = f"failing: {_below(success, canary.objective)} % < {canary.objective:g} %"
        return Verdict(outcome=Outcome.FAILING, text=text)
    return Verdict(outcome=Outcome.READY, text=Outcome.READY.value)


def _below(success: float, objective: float) -> str:
    """The rate, with enough decimals to be less than the objective."""
    for decimals in range(1, 6):
        text = f"{success:.{decimals}f}"
        if float(text) < objective:
            return text
    return str(success)

"""Which canaries get more requests than is deployed, and by how much they may be raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from components.config.problems import Problem
from components.config.stack.canary import Canary


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """More requests for a service's new version: its weight before and after, in per cent."""

    service: str
    present: Decimal
    wanted: Decimal

    def problem(self, file: str, canary: Canary) -> Problem | None:
        """The problem of a step of more than the canary's ``maxStep``; ``None`` without one."""
        step = self.wanted - self.present
        if step <= canary.max_step:
            return None
        return Problem(
            file=file,
            path=f"canaries.{self.service}.weight",
            found=f"{self.wanted}, where {self.present} is deployed: a step of {step}",
            allowed=f"at most {self.present + canary.max_step} now: "
            f"`maxStep` is {canary.max_step} per cent",
            fix="Raise it in steps, each with its own run. FORCE=1 takes this step anyway.",
        )


def raises(canaries: Mapping[str, Canary], outputs: Mapping[str, Any]) -> Iterator[Raise]:
    """The canaries whose weight is above the one in the stack's outputs.

    A canary that the outputs do not list has weight 0. A stack without outputs has no requests,
    so nothing is a raise.
    """
    if "canaryWeights" not in outputs:
        return
    for service, canary in canaries.items():
        present = Decimal(str(outputs["canaryWeights"].get(service, 0)))
        if canary.weight is not None and canary.weight > present:
            yield Raise(service=service, present=present, wanted=canary.weight)

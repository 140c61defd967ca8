"""What a stack decides about its canaries: the weight, or how Flagger moves it, and the gate."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from components.config.durations import milliseconds
from components.config.http_scalars import Headers
from components.config.scalars import (
    Checks,
    Duration,
    MinimumRequests,
    Percent,
    SuccessRate,
    Weight,
    refuse,
)
from components.config.validation import Model


def _from_a_minute_to_a_day(text: str) -> str:
    if not 60_000 <= milliseconds(text) <= 86_400_000:
        raise refuse(
            "a duration from 1m to 24h",
            "Correct it: Prometheus scrapes the proxies every ten seconds, so less than 1m has too "
            "few samples.",
        )
    return text


Window = Annotated[Duration, AfterValidator(_from_a_minute_to_a_day)]
"""The time over which requests are counted.

Source of the lower end: ``scrape_interval`` in the chart linkerd-viz, and
https://prometheus.io/docs/prometheus/latest/querying/functions/#rate
"""


class Analysis(Model):
    """How Flagger judges a new version, with ``mode: automated``.

    Source: https://docs.flagger.app/usage/how-it-works#canary-analysis
    """

    interval: Window = "1m"
    """Time between two checks, 1m to 24h; each check covers the requests of that time."""

    threshold: Checks = 5
    """Failed checks, 1 to 100, after which Flagger rolls back. A check without traffic counts as
    failed."""

    max_weight: Percent = 50
    """Largest share of the requests, in per cent, that the new version gets before it is promoted,
    1 to 100."""

    step_weight: Percent = 10
    """Share of the requests, in per cent, that each passed check adds, 1 to 100; at most
    ``maxWeight``."""

    max_latency: Duration = "500ms"
    """Largest P99 latency with which a check passes."""


class Canary(Model):
    """The canary of one service in this stack: who moves its weight, and by which rules."""

    mode: Literal["manual", "automated"] = "manual"
    """``manual``: people set ``weight``, and the service has two versions in the catalogue.
    ``automated``: Flagger moves the weight whenever the service's one version changes."""

    weight: Weight | None = None
    """Share of the requests, in per cent with at most one decimal, that the new version gets:
    0 is a rollback, 100 a promotion. Only with ``mode: manual``, which requires it."""

    objective: SuccessRate = 99.0
    """Lowest success rate of the new version, in per cent, 50 to 100. Below it, ``make canary`` and
    ``make up`` refuse a higher weight, and Flagger's check fails."""

    minimum_requests: MinimumRequests = 100
    """Fewest requests to the new version within ``window``, 1 to 1,000,000, for its weight to be
    raised. Only with ``mode: manual``."""

    window: Window = "5m"
    """Time over which requests are counted for ``objective`` and ``minimumRequests``, 1m to 24h.
    Only with ``mode: manual``."""

    max_step: Percent = 50
    """Largest rise of the weight in one run, in per cent of all requests, 1 to 100. Only with
    ``mode: manual``."""

    headers: Headers = Field(default_factory=dict)
    """Requests with all of these headers go to the new version whatever the weight, for testers:
    up to 16 names, each with its exact value. Only with ``mode: manual`` and in style ``route``."""

    analysis: Analysis | None = None
    """How Flagger judges the new version, only with ``mode: automated``. Without it, the defaults
    of its keys apply."""

    @property
    def is_automated(self) -> bool:
        """Whether Flagger owns the weights."""
        return self.mode == "automated"

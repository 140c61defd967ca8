"""What a stack decides about its canaries: the weight, or how Flagger finds it, and the gate."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from components.config.durations import milliseconds
from components.config.http_scalars import Headers
from components.config.scalars import (
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
            "Correct it: proxies are scraped every ten seconds, so less than 1m tells nothing.",
        )
    return text


Window = Annotated[Duration, AfterValidator(_from_a_minute_to_a_day)]
"""The time over which requests are counted.

Source of the lower end: ``scrape_interval`` in the chart linkerd-viz, and
https://prometheus.io/docs/prometheus/latest/querying/functions/#rate
"""


class Analysis(Model):
    """How Flagger finds out whether a new version is fit, with ``mode: automated``.

    Every ``interval`` (default 1m) it checks the success rate and the P99 latency, which may be
    ``maxLatency`` at most (default 500ms). A check that passes adds ``stepWeight`` per cent of the
    requests (default 10), up to ``maxWeight`` (default 50), after which the version is promoted;
    after ``threshold`` checks that fail (default 5), and no traffic is such a one, it is rolled
    back. Source: https://docs.flagger.app/usage/how-it-works#canary-analysis
    """

    interval: Window = "1m"
    threshold: Percent = 5
    max_weight: Percent = 50
    step_weight: Percent = 10
    max_latency: Duration = "500ms"


class Canary(Model):
    """A canary in this stack, and what its new version must show before it gets more requests.

    ``mode`` ``manual`` (default): the new version of two gets ``weight`` per cent of the requests.
    `make canary` raises it only where at least ``objective`` per cent (default 99) of
    ``minimumRequests`` (default 100) or more succeeded in the last ``window`` (default 5m), and by
    at most ``maxStep`` per cent of the requests in one run (default 50); `make up` keeps to both,
    too. A request with all of the ``headers`` goes to the new version whatever the weight, so that
    testers see it first; callers have to pass such headers on. They are for the style ``route``.
    ``mode`` ``automated``: Flagger moves the weight, by its ``analysis`` and the ``objective``,
    whenever the service's one version changes.
    """

    mode: Literal["manual", "automated"] = "manual"
    weight: Weight | None = None
    objective: SuccessRate = 99.0
    minimum_requests: MinimumRequests = 100
    window: Window = "5m"
    max_step: Percent = 50
    headers: Headers = Field(default_factory=dict)
    analysis: Analysis | None = None

    @property
    def is_automated(self) -> bool:
        """Whether Flagger owns the weights."""
        return self.mode == "automated"

"""What a service promises its callers: how many requests succeed, and how fast they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from components.config.durations import milliseconds
from components.config.scalars import Duration, MinimumRequests, between, no_bool
from components.config.validation import Model

LOWEST, HIGHEST = 93.1, 99.999
"""The range of an objective in per cent.

A page fires when the error budget burns 14.4 times too fast. Below 93.1 % not even a service that
fails every request does so. Source: https://sre.google/workbook/alerting-on-slos/ (table 5-8)
"""

BUCKETS = {
    "profile": tuple(n * unit for unit in (1, 10, 100, 1000, 10_000) for n in (1, 2, 3, 4, 5)),
    "route": (50, 500, 1000, 10_000),
}
"""The upper bounds, in milliseconds, of the latencies that proxies count, by a service's style.

Sources: linkerd2-proxy, linkerd/app/core/src/metrics.rs and
linkerd/app/outbound/src/http/logical/policy/route/metrics.rs
"""

ObjectivePercent = Annotated[
    float, BeforeValidator(no_bool), AfterValidator(between(LOWEST, HIGHEST, "a percentage"))
]


class Objective(Model):
    """What callers may expect of a service or a route over 30 days."""

    success: ObjectivePercent = 99.0
    """Share of the requests that succeed after all retries, in per cent, 93.1 to 99.999."""

    latency: Duration = "500ms"
    """Time within which 99 % of the requests are answered. Proxies count latencies in steps, so
    only their bounds are possible: style ``route`` has 50ms, 500ms, 1s and 10s."""

    requests: MinimumRequests = 20
    """Fewest requests in an alert's window, 1 to 1,000,000, for their errors to count."""


def is_measured(latency: str, style: str) -> bool:
    """Whether the proxies count the requests of a service of this style up to this latency."""
    return milliseconds(latency) in BUCKETS[style]


def spelled(style: str) -> Sequence[str]:
    """The latencies that the proxies can count, as people write them."""
    return [f"{n // 1000}s" if n % 1000 == 0 else f"{n}ms" for n in BUCKETS[style]]

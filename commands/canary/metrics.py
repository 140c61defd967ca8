"""Queries for the traffic of a service's versions, and how to read Prometheus's answers. No I/O.

Source of the answers' shape:
https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from commands.deploy.errors import DeployError
from components.linkerd.metrics import Version

QUANTILES = (0.5, 0.95, 0.99)
_REQUESTS, _FAILURES = "requests", "failures"
_LABEL = "measured"
"""The label that tells the values in one answer apart."""

Ask: TypeAlias = Callable[[str], Any]
"""Takes a query in PromQL, and returns the API's answer as plain data."""


class MetricsError(DeployError):
    """Prometheus could not be reached, or did not answer. The message is for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The requests to one version in the window, as its callers saw them.

    ``requests`` and ``failures`` are estimates, since Prometheus extrapolates between scrapes;
    ``latency`` maps a quantile to milliseconds; unknown quantiles are missing.
    """

    requests: float = 0
    failures: float = 0
    latency: Mapping[float, float] = field(default_factory=dict)

    @property
    def success(self) -> float | None:
        """The success rate in per cent; ``None`` without requests."""
        if not self.requests:
            return None
        # Both are estimates, and the callers that are denied may be others.
        return 100 * max(0.0, 1 - self.failures / self.requests)


def read(
    ask: Ask, namespace: str, service: str, deployments: Sequence[str], window: str
) -> dict[str, Traffic]:
    """The traffic of each version in the last ``window``. Raises :class:`MetricsError`."""
    versions = (
        Version(namespace=namespace, service=service, deployment=name, window=window)
        for name in deployments
    )
    return {one.deployment: _traffic(ask(query(one))) for one in versions}


def query(version: Version) -> str:
    """One query for all that is asked about a version."""
    values = {_REQUESTS: version.requests(), _FAILURES: version.failures()}
    values |= {str(quantile): version.latency(quantile) for quantile in QUANTILES}
    return " or ".join(
        f'label_replace({value}, "{_LABEL}", "{name}", "", "")' for name, value in values.items()
    )


def _traffic(answer: Any) -> Traffic:
    found = {labels.get(_LABEL): value for labels, value in _samples(answer)}
    return Traffic(
        requests=found.get(_REQUESTS, 0),
        failures=found.get(_FAILURES, 0),
        latency={each: found[str(each)] for each in QUANTILES if str(each) in found},
    )


def _samples(answer: Any) -> Iterator[tuple[Mapping[str, str], float]]:
    """The labels and values of an instant vector, without NaN and infinite ones."""
    match answer:
        case {"status": "success", "data": {"resultType": "vector", "result": list(found)}}:
            yield from filter(lambda sample: math.isfinite(sample[1]), map(_sample, found))
        case {"status": "error", "error": str(reason)}:
            raise MetricsError(f"Prometheus rejected the query: {reason}")
        case _:
            raise MetricsError("What answered is not Prometheus's query API.")


def _sample(entry: Any) -> tuple[Mapping[str, str], float]:
    match entry:
        case {"metric": dict(labels), "value": [_, str(number)]}:
            try:
                return labels, float(number)
            except ValueError:
                pass
    raise MetricsError("What answered is not Prometheus's query API.")

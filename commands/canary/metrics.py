"""Queries for the traffic of a service's versions, and how to read Prometheus's answers. No I/O.

Sources: https://linkerd.io/2-edge/reference/proxy-metrics/ and, for the shape of the answers,
https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from commands.deploy.errors import DeployError
from components.linkerd.metrics import LATENCY_MS, REQUESTS, TRAFFIC

QUANTILES = (0.5, 0.95, 0.99)

Ask: TypeAlias = Callable[[str], Any]
"""Takes a query in PromQL, and returns the API's answer as plain data."""


class MetricsError(DeployError):
    """Prometheus could not be reached, or did not answer. The message is for the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The requests that one version answered in the window.

    ``requests`` and ``failures`` are estimates, since Prometheus extrapolates between scrapes;
    ``latency`` maps a quantile to milliseconds; unknown quantiles are missing.
    """

    requests: float = 0
    failures: float = 0
    latency: Mapping[float, float] = field(default_factory=dict)

    @property
    def success(self) -> float | None:
        """The success rate in per cent; ``None`` without requests."""
        return 100 * (1 - self.failures / self.requests) if self.requests else None


def read(ask: Ask, namespace: str, deployments: Sequence[str], window: str) -> dict[str, Traffic]:
    """The traffic of each deployment in the last ``window``. Raises :class:`MetricsError`."""
    counted = list(_samples(ask(requests(namespace, deployments, window))))
    latencies = {
        quantile: list(_samples(ask(latency(namespace, deployments, window, quantile))))
        for quantile in QUANTILES
    }

    def count(name: str, *classes: str) -> float:
        return sum(n for labels, n in counted if _is_of(name, labels, *classes))

    return {
        name: Traffic(
            requests=count(name, "success", "failure"),
            failures=count(name, "failure"),
            latency={
                quantile: value
                for quantile, samples in latencies.items()
                for labels, value in samples
                if labels.get("deployment") == name
            },
        )
        for name in deployments
    }


def requests(namespace: str, deployments: Sequence[str], window: str) -> str:
    """The query for each deployment's requests in the window, by success and failure."""
    series = f"{REQUESTS}{_selector(namespace, deployments)}"
    return f"sum by (deployment, classification) (increase({series}[{window}]))"


def latency(namespace: str, deployments: Sequence[str], window: str, quantile: float) -> str:
    """The query for a quantile of each deployment's latency, in milliseconds."""
    series = f"{LATENCY_MS}{_selector(namespace, deployments)}"
    rate = f"sum by (deployment, le) (rate({series}[{window}]))"
    return f"histogram_quantile({quantile}, {rate})"


def _selector(namespace: str, deployments: Sequence[str]) -> str:
    names = "|".join(deployments)
    return f'{{namespace="{namespace}",deployment=~"{names}",{TRAFFIC}}}'


def _is_of(name: str, labels: Mapping[str, str], *classes: str) -> bool:
    return labels.get("deployment") == name and labels.get("classification") in classes


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

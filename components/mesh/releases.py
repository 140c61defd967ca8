"""The Linkerd releases that a stack can choose, as data: a new release is one more entry.

Sources: https://linkerd.io/releases/, https://linkerd.io/2-edge/reference/k8s-versions/,
https://linkerd.io/2.14/reference/helm-chart-version-matrix/, and the charts of each release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

STABLE = "https://helm.linkerd.io/stable"
EDGE = "https://helm.linkerd.io/edge"
SMI_REPOSITORY = "https://linkerd.github.io/linkerd-smi"
SMI_VERSION = "1.0.4"
DEFAULT = "2.20"


class Feature(Enum):
    """What not every release can do; the value is how messages call it."""

    CIRCUIT_BREAKER = "circuit breaking by `balancer.linkerd.io` annotations"
    RETRY_ANNOTATIONS = "retries by `retry.linkerd.io` annotations"
    TIMEOUT_ANNOTATIONS = "timeouts by `timeout.linkerd.io` annotations"
    GATEWAY_HTTP_ROUTE = "HTTPRoutes of gateway.networking.k8s.io/v1"
    EGRESS_NETWORK = "limits on egress by EgressNetwork"
    NATIVE_SIDECARS = "proxies as native sidecars, which let Jobs end"


_2_13 = frozenset({Feature.CIRCUIT_BREAKER})
_2_16 = _2_13 | {Feature.RETRY_ANNOTATIONS, Feature.TIMEOUT_ANNOTATIONS}
_2_18 = _2_16 | {Feature.GATEWAY_HTTP_ROUTE, Feature.EGRESS_NETWORK}
_2_20 = _2_18 | {Feature.NATIVE_SIDECARS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A Linkerd version with its charts and what it can do.

    ``charts`` maps a chart's name to its version; a chart that is not there does not exist for
    the release. ``kubernetes`` is the lowest and the highest minor version, both supported.
    ``local_only`` releases are for a cluster without a data plane, from a directory of charts.
    """

    name: str
    version: str
    repository: str
    charts: Mapping[str, str]
    kubernetes: tuple[tuple[int, int], tuple[int, int]]
    server_api: str
    http_route_api: str
    features: frozenset[Feature]
    crds_values: Mapping[str, object]
    local_only: bool = False

    @property
    def has_jaeger_extension(self) -> bool:
        """Whether tracing is the linkerd-jaeger extension; later releases trace by themselves."""
        return "linkerd-jaeger" in self.charts


def _edge(version: str, *charts: str) -> dict[str, str]:
    return {chart: version for chart in ("linkerd-crds", "linkerd-control-plane", *charts)}


RELEASES: Mapping[str, Release] = {
    release.name: release
    for release in (
        Release(
            name="2.13",
            version="edge-23.4.3",
            repository=EDGE,
            charts=_edge("2023.4.3", "linkerd-viz", "linkerd-jaeger"),
            kubernetes=((1, 21), (1, 35)),
            server_api="policy.linkerd.io/v1beta1",
            http_route_api="gateway.networking.k8s.io/v1",
            features=_2_13,
            crds_values={},
            local_only=True,
        ),
        Release(
            name="2.14",
            version="stable-2.14.10",
            repository=STABLE,
            charts={
                "linkerd-crds": "1.8.0",
                "linkerd-control-plane": "1.16.11",
                "linkerd-viz": "30.12.11",
                "linkerd-jaeger": "30.12.11",
            },
            kubernetes=((1, 21), (1, 28)),
            server_api="policy.linkerd.io/v1beta1",
            http_route_api="policy.linkerd.io/v1beta3",
            features=_2_13,
            crds_values={},
        ),
        Release(
            name="2.18",
            version="edge-25.4.4",
            repository=EDGE,
            charts=_edge("2025.4.4", "linkerd-viz", "linkerd-jaeger"),
            kubernetes=((1, 23), (1, 32)),
            server_api="policy.linkerd.io/v1beta3",
            http_route_api="gateway.networking.k8s.io/v1",
            features=_2_18,
            crds_values={"installGatewayAPI": False},
        ),
        Release(
            name="2.20",
            version="edge-26.6.3",
            repository=EDGE,
            charts=_edge("2026.6.3", "linkerd-viz"),
            kubernetes=((1, 31), (1, 35)),
            server_api="policy.linkerd.io/v1beta3",
            http_route_api="gateway.networking.k8s.io/v1",
            features=_2_20,
            crds_values={"installGatewayAPI": False},
        ),
    )
}


def first_with(feature: Feature) -> Release:
    """The oldest release of the table that has the feature.

    Raises ``LookupError`` when none has it.
    """
    for release in RELEASES.values():
        if feature in release.features:
            return release
    raise LookupError(feature.value)

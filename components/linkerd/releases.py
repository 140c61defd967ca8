"""The Linkerd releases that a stack can choose, as data: a new release is one more entry.

Sources: https://linkerd.io/releases/, https://linkerd.io/2-edge/reference/k8s-versions/,
https://linkerd.io/2.14/reference/helm-chart-version-matrix/,
https://linkerd.io/2-edge/features/gateway-api/, and the charts and CRDs of each release.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

from components.linkerd.high_availability import HA_2_13, HA_2_14, HA_2_18, HighAvailability

Version: TypeAlias = tuple[int, int, int]
Extension: TypeAlias = Literal["install", "external", "off"]
"""``install`` it, use the cluster's own (``external``), or work without it (``off``)."""

ROUTES_OF_LIMITS: Mapping[str, str] = {"TLSRoute": "v1alpha2", "TCPRoute": "v1alpha2"}
"""The kinds of routes that limit egress besides HTTPRoutes, and the version that Linkerd reads.

Source: linkerd2, policy-controller/k8s/api/src/gateway.rs, at the tags of 2.18 and 2.20
"""

STABLE = "https://helm.linkerd.io/stable"
EDGE = "https://helm.linkerd.io/edge"
DEFAULT = "2.20"


class Feature(Enum):
    """Features that some releases lack. The value is the name in messages."""

    CIRCUIT_BREAKER = "circuit breaking by `balancer.linkerd.io` annotations"
    RETRY_ANNOTATIONS = "retries by `retry.linkerd.io` annotations"
    TIMEOUT_ANNOTATIONS = "timeouts by `timeout.linkerd.io` annotations"
    GATEWAY_HTTP_ROUTE = "HTTPRoutes of gateway.networking.k8s.io/v1"
    GRPC_ROUTE = "GRPCRoutes of gateway.networking.k8s.io/v1"
    AUDIT = "the inbound policy `audit`"
    EGRESS_NETWORK = "limits on egress by EgressNetwork"
    NATIVE_SIDECAR = "proxies as native sidecars"
    NATIVE_TRACING = "tracing by `proxy.tracing`"


_2_13 = frozenset({Feature.CIRCUIT_BREAKER})
_2_15 = _2_13 | {Feature.NATIVE_SIDECAR}
_2_16 = _2_15 | {Feature.RETRY_ANNOTATIONS, Feature.TIMEOUT_ANNOTATIONS, Feature.AUDIT}
_2_17 = _2_16 | {Feature.EGRESS_NETWORK}
_2_18 = _2_17 | {Feature.GATEWAY_HTTP_ROUTE, Feature.GRPC_ROUTE}
_2_19 = _2_18 | {Feature.NATIVE_TRACING}


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayApi:
    """The Gateway API's CRDs that a release works with.

    ``accepted`` is the lowest and the highest version, both included. ``install`` is the version
    that this program installs; ``None`` if the release's chart ``linkerd-crds`` has its own, which
    that chart's value ``switch`` turns on. A release that ``demands`` the CRDs does not become
    ready without them.
    """

    accepted: tuple[Version, Version]
    install: Version | None
    switch: str | None
    demands: bool = False

    def crds_values(self, mode: Extension) -> dict[str, bool]:
        """The values for ``linkerd-crds``, whose default differs between releases."""
        bundled = self.install is None and mode == "install"
        return {self.switch: bundled} if self.switch else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A chart outside of Linkerd's releases. Every release uses the same version."""

    name: str
    version: str
    repository: str


SMI = Other(name="linkerd-smi", version="1.0.4", repository="https://linkerd.github.io/linkerd-smi")
JAEGER = Other(
    name="jaeger", version="4.11.1", repository="https://jaegertracing.github.io/helm-charts"
)

FLAGGER = Other(name="flagger", version="1.44.0", repository="https://flagger.app")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A Linkerd version, its charts and its features.

    ``charts`` maps a chart's name to its version; the release has no other charts. ``kubernetes``
    is the lowest and the highest minor version that it supports, both included.
    ``native_sidecar`` is the chart's own default. ``local_only`` releases are for a cluster without
    a data plane, and are installed from a directory of charts.
    """

    name: str
    version: str
    repository: str
    charts: Mapping[str, str]
    kubernetes: tuple[tuple[int, int], tuple[int, int]]
    server_api: str
    http_route_api: str
    features: frozenset[Feature]
    gateway_api: GatewayApi
    high_availability: HighAvailability
    native_sidecar: bool = False
    local_only: bool = False

    @property
    def uses_gateway_api(self) -> bool:
        """Whether HTTPRoutes are the Gateway API's; earlier releases read Linkerd's own."""
        return self.http_route_api.startswith("gateway.networking.k8s.io/")

    @property
    def has_jaeger_extension(self) -> bool:
        """Whether traces need the extension linkerd-jaeger, as before 2.19."""
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
            # No data plane reads them, so whatever version the local cluster has will do.
            gateway_api=GatewayApi(accepted=((0, 6, 0), (1, 2, 1)), install=(1, 2, 1), switch=None),
            high_availability=HA_2_13,
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
            # It reads v1beta1, as 2.15 does, whose range is documented. Its watch of HTTPRoutes is
            # unconditional: policy-controller/src/main.rs.
            gateway_api=GatewayApi(
                accepted=((0, 7, 0), (1, 1, 1)),
                install=None,
                switch="enableHttpRoutes",
                demands=True,
            ),
            high_availability=HA_2_14,
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
            gateway_api=GatewayApi(
                accepted=((1, 1, 1), (1, 2, 1)), install=(1, 2, 1), switch="installGatewayAPI"
            ),
            high_availability=HA_2_18,
        ),
        Release(
            name="2.20",
            version="edge-26.6.3",
            repository=EDGE,
            charts=_edge("2026.6.3", "linkerd-viz"),
            kubernetes=((1, 31), (1, 35)),
            server_api="policy.linkerd.io/v1beta3",
            http_route_api="gateway.networking.k8s.io/v1",
            features=_2_19,
            gateway_api=GatewayApi(
                accepted=((1, 2, 1), (1, 5, 1)), install=(1, 2, 1), switch="installGatewayAPI"
            ),
            high_availability=HA_2_18,
            native_sidecar=True,
        ),
    )
}


def first_with(feature: Feature) -> Release:
    """The oldest release with the feature. Raises ``LookupError`` if there is none."""
    for release in RELEASES.values():
        if feature in release.features:
            return release
    raise LookupError(feature.value)


def spelled(version: Version) -> str:
    """The version as people write it: ``1.2.1``."""
    return ".".join(map(str, version))

"""What a new cluster gets: nodes, a StorageClass, and CRDs that no chart installs."""

from __future__ import annotations

from tools.cluster import config
from tools.cluster.checkout import Checkout
from tools.cluster.programs import Kubectl

_SECONDS = 30.0


def apply(checkout: Checkout) -> None:
    """Applies everything in one call. Harmless if it exists already."""
    gateway_api = sorted(checkout.gateway_api.glob("*.yaml"))
    own = [config.MANIFESTS / "contents.yaml", config.MANIFESTS / "traffic-split.yaml"]
    Kubectl(checkout).apply(*own, *gateway_api)


def wait(checkout: Checkout) -> None:
    """Waits until CRDs are served and nodes are Ready. ClusterError after 30 s each."""
    kubectl = Kubectl(checkout)
    kubectl.wait("Established", "customresourcedefinitions", _SECONDS)
    kubectl.wait("Ready", "nodes", _SECONDS)

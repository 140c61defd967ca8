"""The values that the charts' own ``values-ha.yaml`` set, as data.

Sources: ``charts/linkerd-control-plane/values-ha.yaml`` and
``viz/charts/linkerd-viz/values-ha.yaml`` of https://github.com/linkerd/linkerd2 at the tag of each
release. Values that no template reads are left out: ``controllerResources``, viz's ``resources``
(YAML anchors for the other keys) and 2.14's ``policyControllerResources``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NODES = 3
"""The fewest nodes: there are three replicas, and no node runs two of them.

Source: https://linkerd.io/2-edge/features/ha/
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HighAvailability:
    """The values for the charts ``linkerd-control-plane`` and ``linkerd-viz``."""

    control_plane: Mapping[str, Any]
    viz: Mapping[str, Any]


def _resources(cpu: str, memory: str, most: str) -> dict[str, Any]:
    return {
        "cpu": {"limit": "", "request": cpu},
        "memory": {"limit": most, "request": memory},
    }


_CONTROLLER = _resources("100m", "50Mi", "250Mi")
_CONTROL_PLANE: Mapping[str, Any] = {
    "enablePodDisruptionBudget": True,
    "deploymentStrategy": {"rollingUpdate": {"maxUnavailable": 1, "maxSurge": "25%"}},
    "enablePodAntiAffinity": True,
    "proxy": {
        "resources": {
            "cpu": {"request": "100m"},
            "memory": {"limit": "250Mi", "request": "20Mi"},
        }
    },
    "controllerReplicas": 3,
    "destinationResources": _CONTROLLER,
    "identityResources": _resources("100m", "10Mi", "250Mi"),
    "heartbeatResources": _CONTROLLER,
    "proxyInjectorResources": _CONTROLLER,
    "webhookFailurePolicy": "Fail",
    "spValidatorResources": _CONTROLLER,
}
# No template reads `highAvailability`. `linkerd check` does, in the ConfigMap with all values.
_MARKED: Mapping[str, Any] = {**_CONTROL_PLANE, "highAvailability": True}
_VIZ: Mapping[str, Any] = {
    "enablePodAntiAffinity": True,
    "tap": {"replicas": 3, "resources": _CONTROLLER},
    "dashboard": {"resources": _CONTROLLER},
    "prometheus": {"resources": _resources("300m", "300Mi", "8192Mi")},
}

HA_2_13 = HighAvailability(control_plane=_CONTROL_PLANE, viz=_VIZ)
HA_2_14 = HighAvailability(control_plane=_MARKED, viz=_VIZ)
HA_2_18 = HighAvailability(
    control_plane={**_MARKED, "controller": {"podDisruptionBudget": {"maxUnavailable": 1}}},
    viz={**_VIZ, "enablePodDisruptionBudget": True},
)

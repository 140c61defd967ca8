"""The namespaces that this program installs the mesh into."""

from __future__ import annotations

from components.linkerd.releases import JAEGER as JAEGER_CHART
from components.linkerd.shared.namespaces import (
    CONTROL_PLANE,
    JAEGER_EXTENSION,
    KUBE_SYSTEM,
    SMI,
    VIZ,
)

__all__ = [
    "CONTROL_PLANE",
    "FLAGGER",
    "INSTALLED",
    "JAEGER",
    "JAEGER_EXTENSION",
    "KUBE_SYSTEM",
    "SMI",
    "VIZ",
]

JAEGER = JAEGER_CHART.name
"""For releases that trace without the extension linkerd-jaeger."""

FLAGGER = "flagger-system"

INSTALLED = (CONTROL_PLANE, VIZ, JAEGER_EXTENSION, JAEGER, SMI, FLAGGER)
"""Every namespace that can hold a part of the mesh.

Jaeger and Flagger run in the mesh like any service, so the policy pack does not count theirs as
system namespaces.
"""

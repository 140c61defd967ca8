"""Settings that rules of several groups share."""

from __future__ import annotations

from linkerd_policies.framework.model import names
from linkerd_policies.reading import linkerd

MESHED_NAMESPACES = names(
    "meshedNamespaces",
    "Meshed namespaces of other stacks. This stack's own are known by their annotation.",
    namespaced=False,
)
SYSTEM_NAMESPACES = names(
    "systemNamespaces",
    "Namespaces of Linkerd itself, whose charts pin some of their own pods to weaker policies.",
    default=linkerd.SYSTEM_NAMESPACES,
    namespaced=False,
)
MESHED_SETTINGS = (MESHED_NAMESPACES, SYSTEM_NAMESPACES)
"""What rules on the workloads of the mesh take."""

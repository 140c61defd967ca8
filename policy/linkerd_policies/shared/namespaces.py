"""The namespaces of Linkerd and its extensions, as their charts and the CLI name them."""

from __future__ import annotations

KUBE_SYSTEM = "kube-system"
CONTROL_PLANE = "linkerd"
CNI = "linkerd-cni"
JAEGER_EXTENSION = "linkerd-jaeger"
MULTICLUSTER = "linkerd-multicluster"
SMI = "linkerd-smi"
VIZ = "linkerd-viz"

SYSTEM = (KUBE_SYSTEM, CONTROL_PLANE, CNI, JAEGER_EXTENSION, MULTICLUSTER, SMI, VIZ)
"""Where Linkerd's own charts install. They set weaker policies on some of their pods on purpose."""

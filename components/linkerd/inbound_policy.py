"""The default inbound policy: where it is written, and which policy other namespaces get.

Source: https://linkerd.io/2-edge/reference/authorization-policy/#default-policies
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from components.linkerd.shared import words

InboundPolicy: TypeAlias = Literal["all-authenticated", "cluster-authenticated", "deny", "audit"]
"""The default inbound policies: three that refuse clients without a mesh identity, and ``audit``.

``audit`` lets every client in and counts those that the catalogue does not declare. It is a step of
a migration. The policy pack refuses it without an exemption.

Source: https://linkerd.io/2-edge/reference/authorization-policy/#default-policies
"""

ANNOTATION = words.INBOUND_POLICY


def pod_annotations(policy: InboundPolicy) -> dict[str, str]:
    """The annotation for pod templates. The namespace has the same one, for all other pods.

    A proxy reads the policy when its pod is created. A changed template restarts the pods, so the
    change takes effect, and the diff shows which workloads restart.
    """
    return {ANNOTATION: policy}


def for_control_plane(policy: InboundPolicy) -> InboundPolicy:
    """The control plane's default. An audit is for the services' namespace only."""
    return "all-authenticated" if policy == "audit" else policy


def for_extensions(policy: InboundPolicy) -> InboundPolicy:
    """The policy of viz's and the trace collector's namespaces.

    Every proxy of the mesh may call the collector, and Prometheus every admin port.
    """
    return "cluster-authenticated" if policy == "cluster-authenticated" else "all-authenticated"


def access_policy(policy: InboundPolicy, *, known: bool) -> str | None:
    """What a Server does with clients that nothing authorizes; ``None`` is the default, deny.

    ``known``: whether the release knows access policies.
    """
    return "audit" if policy == "audit" and known else None

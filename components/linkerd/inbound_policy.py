"""The default inbound policy: where it is written, and what it is where another one is needed.

Source: https://linkerd.io/2-edge/reference/authorization-policy/#default-policies
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from components.linkerd.shared import words

InboundPolicy: TypeAlias = Literal["all-authenticated", "cluster-authenticated", "deny", "audit"]
"""The default inbound policies: three that refuse a client without mesh identity, and ``audit``.

``audit`` lets every client in and counts those that the catalogue does not declare: a step of a
migration, which the policy pack refuses without an exemption.

Source: https://linkerd.io/2-edge/reference/authorization-policy/#default-policies
"""

ANNOTATION = words.INBOUND_POLICY


def on_pods(policy: InboundPolicy) -> dict[str, str]:
    """The pod template's annotation. The namespace has it as well, for every other pod in it.

    A proxy reads the policy when its pod is created, so only a changed template makes a change take
    effect, and shows in the diff which workloads restart.
    """
    return {ANNOTATION: policy}


def of_the_cluster(policy: InboundPolicy) -> InboundPolicy:
    """The control plane's default: an audit is of the services' namespace, not of all others."""
    return "all-authenticated" if policy == "audit" else policy


def of_a_collector(policy: InboundPolicy) -> InboundPolicy:
    """For the namespace of the spans' collector, which every proxy of the mesh may call."""
    return "cluster-authenticated" if policy == "cluster-authenticated" else "all-authenticated"


def access_policy(policy: InboundPolicy, *, known: bool) -> str | None:
    """What a Server does with a client that nothing authorizes: ``None`` for Linkerd's own, deny.

    ``known``: whether the release knows access policies.
    """
    return "audit" if policy == "audit" and known else None

"""What is known about a cluster before anything is changed in it, and what its rules get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.config.stack.settings import Linkerd, Settings
from components.linkerd.releases import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCrds:
    """The Gateway API's CRDs of a cluster, as read from the CRD of HTTPRoutes.

    ``version`` is that of their bundle, ``None`` where they do not say it. ``owner`` is ``pulumi``
    or ``helm:<release>``; it is empty for any other owner.
    """

    version: Version | None
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the API server answered.

    ``version`` is its Kubernetes minor version; ``nodes`` the number of nodes that take pods;
    ``gateway_api`` is ``None`` without the CRDs; ``identity`` the annotations of the pods of its
    Linkerd identity controller, empty without one; ``replicas`` how many it is to have, 0 without
    one. ``uid`` is the id of its namespace
    ``kube-system``, which no other cluster has; ``server`` its address; ``stack`` the one
    (``project/stack``) that was deployed to it, empty without one.
    """

    version: tuple[int, int]
    nodes: int = 0
    gateway_api: GatewayCrds | None = None
    identity: Mapping[str, str] = field(default_factory=dict)
    replicas: int = 0
    uid: str = ""
    server: str = ""
    stack: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterContext:
    """A stack's settings and its cluster for their rules.

    ``stack`` is ``project/stack``, ``None`` where the cluster belongs to no stack.
    """

    settings: Settings
    facts: Facts
    stack: str | None = None

    @property
    def linkerd(self) -> Linkerd:
        """The settings of the mesh."""
        return self.settings.linkerd

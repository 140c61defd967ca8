"""What a cluster says of itself, before anything is changed in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from components.linkerd.releases import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCrds:
    """The Gateway API's CRDs of a cluster, told by the one of HTTPRoutes.

    ``version`` is their bundle's, ``None`` where they do not say it. ``owner`` is ``pulumi``,
    ``helm:<release>`` or, with everybody else, empty.
    """

    version: Version | None
    owner: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the cluster says of itself.

    ``version`` is its Kubernetes minor version; ``nodes`` the number of nodes that take pods;
    ``gateway_api`` is ``None`` without the CRDs; ``identity`` the annotations of the pods of its
    Linkerd identity controller, empty without one. ``uid`` is the id of its namespace
    ``kube-system``, which no other cluster has; ``server`` its address; ``stack`` the one
    (``project/stack``) that was deployed to it, empty without one.
    """

    version: tuple[int, int]
    nodes: int = 0
    gateway_api: GatewayCrds | None = None
    identity: Mapping[str, str] = field(default_factory=dict)
    uid: str = ""
    server: str = ""
    stack: str = ""

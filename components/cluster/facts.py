"""What is known about a cluster before anything is changed in it, and what its rules get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from components.config.stack.settings import Linkerd, Settings
from components.linkerd.releases import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayCrds:
    """The Gateway API's CRDs of a cluster, as read from the CRD of HTTPRoutes.

    ``version`` is that of their bundle, ``None`` where they do not say it. ``owner`` is ``pulumi``
    or ``helm:<release>``; it is empty for any other owner. ``channel`` is ``standard`` or
    ``experimental``, empty where they do not say it. ``served`` are the kinds of routes that limit
    egress, each with the versions that the API server serves.
    """

    version: Version | None
    owner: str = ""
    channel: str = ""
    served: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A namespace of the cluster, and who made it.

    ``stack`` is the one (``project/stack``) that it is marked with, ``helm`` the Helm release that
    has it, ``managers`` the field managers that changed it. ``is_ending``: it is being deleted.
    """

    stack: str = ""
    helm: str = ""
    managers: tuple[str, ...] = ()
    is_ending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the API server answered.

    ``version`` is its Kubernetes minor version; ``nodes`` the number of nodes that take pods;
    ``gateway_api`` is ``None`` without the CRDs; ``identity`` the annotations of the pods of its
    Linkerd identity controller, empty without one; ``replicas`` how many it is to have, 0 without
    one. ``uid`` is the id of its namespace
    ``kube-system``, which no other cluster has; ``server`` its address; ``stack`` the one
    (``project/stack``) that was deployed to it, empty without one. ``spaces`` are those of the
    namespaces that the program makes which are there already; ``others`` what there is of a Linkerd
    that none of our Helm releases installed, in words.

    What the cluster does not tell, or not to us, is ``None`` or empty: ``domain`` is that of its
    DNS; ``networks`` are those of the nodes' pods, and the addresses of the API server's Service;
    ``cni`` says whether Linkerd's CNI plugin is there. ``kube_system_is_locked`` is asked for with
    high availability only: whether the cluster refuses our label on that namespace.
    """

    version: tuple[int, int]
    nodes: int = 0
    gateway_api: GatewayCrds | None = None
    identity: Mapping[str, str] = field(default_factory=dict)
    replicas: int = 0
    uid: str = ""
    server: str = ""
    stack: str = ""
    spaces: Mapping[str, Space] = field(default_factory=dict)
    others: Sequence[str] = ()
    domain: str | None = None
    networks: tuple[str, ...] = ()
    cni: bool | None = None
    kube_system_is_locked: bool = False


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

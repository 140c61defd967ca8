"""Merges the values for a Helm chart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.config.stack.settings import Linkerd
from components.names import CLUSTER_DOMAIN


def merged(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Merge the parts, nested mappings key by key. A later part overrides an earlier one."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            known = whole.get(key)
            both = isinstance(known, Mapping) and isinstance(value, Mapping)
            whole[key] = merged(known or {}, value) if both else value
    return whole


def cluster_domain(linkerd: Linkerd) -> dict[str, Any]:
    """The value for the cluster's domain; empty for the charts' default."""
    domain = linkerd.cluster_domain
    return {} if domain == CLUSTER_DOMAIN else {"clusterDomain": domain}


def domains(linkerd: Linkerd) -> dict[str, Any]:
    """The values for the cluster's domain and the trust domain; empty for the charts' defaults.

    The trust domain stays as it is: it is part of the names in the mesh's certificates.
    """
    own = cluster_domain(linkerd)
    return {**own, "identityTrustDomain": CLUSTER_DOMAIN} if own else {}

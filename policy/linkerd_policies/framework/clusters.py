"""Which resources are in the same cluster: told by what their providers are configured with.

Two providers with the same configuration, such as the default ones of two versions of the SDK,
write into one cluster. A provider whose configuration the preview does not know counts as a cluster
of its own, so that no object is compared with one that may be elsewhere.

Source: https://www.pulumi.com/registry/packages/kubernetes/api-docs/provider/
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from linkerd_policies.framework.objects import UNKNOWN, KubeObject, peek
from linkerd_policies.framework.stack import Stack

_IDENTITY = "clusterIdentifier"
_PLACE = ("kubeconfig", "context", "cluster", "renderYamlToDirectory")


def cluster_of(urn: str, inputs: Mapping[str, Any]) -> str:
    """What stands for the cluster of the provider with this URN and these inputs.

    Kubeconfigs hold credentials, so it is a digest that tells nothing of them.
    """
    named = peek(inputs, _IDENTITY)
    place = [named] if isinstance(named, str) and named else [peek(inputs, key) for key in _PLACE]
    if UNKNOWN in place or not inputs:
        return urn
    return hashlib.sha256(json.dumps(place, default=str).encode()).hexdigest()


def by_cluster(objects: Iterable[KubeObject]) -> Sequence[Stack]:
    """The objects of each cluster, in the engine's order; each knows of those of the others."""
    found: dict[str, list[KubeObject]] = defaultdict(list)
    for obj in objects:
        found[obj.provider].append(obj)
    if len(found) < 2:
        return [Stack(each) for each in found.values()] or [Stack(())]
    return [
        Stack(each, [obj for key, others in found.items() if key != cluster for obj in others])
        for cluster, each in found.items()
    ]

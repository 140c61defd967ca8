"""What the SMI extension does with a TrafficSplit, for want of the extension itself.

Source: ``pkg/adaptor/controller.go`` of github.com/linkerd/linkerd-smi v0.2.7. It writes the split
into the apex's ServiceProfile, as ``dstOverrides`` without ports and with weights as text, and
leaves the rest of the profile as it is; when the split goes it takes just them away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.cluster.linkerd.api import Api, Manifest

DOMAIN = "svc.cluster.local"
SPLITS = "trafficsplits.v1alpha1.split.smi-spec.io"  # the version that the extension reads
_MANAGER = "linkerd-smi"


@contextmanager
def adapted(api: Api, split: Mapping[str, Any]) -> Iterator[None]:
    """The cluster as it is with the extension and this split, for a while."""
    name = f"{split['spec']['service']}.{split['metadata']['namespace']}.{DOMAIN}"
    where = f"--namespace={split['metadata']['namespace']}"
    _write(api, api.get("serviceprofile", name, where), overrides(split))
    try:
        yield
    finally:
        _write(api, api.get("serviceprofile", name, where), None)


def overrides(split: Mapping[str, Any]) -> list[Manifest]:
    """The ``dstOverrides`` for a split."""
    namespace = split["metadata"]["namespace"]
    return [
        {
            "authority": f"{backend['service']}.{namespace}.{DOMAIN}",
            "weight": str(backend["weight"]),
        }
        for backend in split["spec"]["backends"]
    ]


def _write(api: Api, profile: Manifest, found: list[Manifest] | None) -> None:
    spec = {key: value for key, value in profile["spec"].items() if key != "dstOverrides"}
    if found is not None:
        spec["dstOverrides"] = found
    api.replace({**profile, "spec": spec}, manager=_MANAGER)

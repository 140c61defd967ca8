"""A trust anchor, an issuer, and the control plane's release with them."""

from __future__ import annotations

from typing import Any

from tests.policy import objects
from tests.policy.support import Manifest
from tests.unit.mesh.authority import Authority, make

ROOT = make(days=365)
ISSUER = make("identity.linkerd.cluster.local", by=ROOT, days=100, path_length=0)


def release(anchors: Any, issuer: Any, chart: str = "linkerd-control-plane") -> Manifest:
    values: dict[str, Any] = {"proxy": {"defaultInboundPolicy": "deny"}}
    if anchors is not None:
        values["identityTrustAnchorsPEM"] = anchors
    if issuer is not None:
        values["identity"] = {"issuer": {"tls": {"crtPEM": issuer}}}
    return objects.release(chart, values=values)


def pem(*authorities: Authority) -> str:
    return "".join(one.pem for one in authorities)

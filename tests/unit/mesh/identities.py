"""Identity settings with a trust anchor and an issuer."""

from __future__ import annotations

from typing import Any

from components.config.stack.identity import IdentitySettings
from tests.unit.mesh.authority import Authority, make

ROOT = make()
ISSUER = make("identity.linkerd.cluster.local", by=ROOT)


def settings(**keys: Any) -> IdentitySettings:
    return IdentitySettings.model_validate(keys)


def provided(
    anchors: str = ROOT.pem, issuer: Authority = ISSUER, key: str | None = None, **keys: Any
) -> IdentitySettings:
    pems = {"certificatePem": issuer.pem, "keyPem": key or issuer.key_pem()}
    return settings(mode="provided", trustAnchorsPem=anchors, issuer=pems, **keys)

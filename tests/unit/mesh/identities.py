"""Identity settings with a trust anchor and an issuer."""

from __future__ import annotations

from typing import Any

from components.config.stack.identity import IdentitySettings
from components.config.validation import validate
from tests.unit.mesh.authority import Authority, make

FILE = "Pulumi.dev.yaml"
ROOT = make()
ISSUER = make("identity.linkerd.cluster.local", by=ROOT)


def settings(**keys: Any) -> IdentitySettings:
    found, problems = validate(IdentitySettings, keys, file=FILE)
    assert found is not None, problems
    return found


def provided(
    anchors: str = ROOT.pem, issuer: Authority = ISSUER, key: str | None = None, **keys: Any
) -> IdentitySettings:
    pems = {"certificatePem": issuer.pem, "keyPem": key or issuer.key_pem()}
    return settings(mode="provided", trustAnchorsPem=anchors, issuer=pems, **keys)

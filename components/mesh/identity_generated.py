"""Trust anchors and issuer made by pulumi-tls.

Source: https://linkerd.io/2-edge/tasks/generate-certificates/ (ECDSA P-256, the common names, and
an issuer that is a CA).
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_tls as tls

from components.config.stack.identity import IdentitySettings
from components.linkerd.shared.limits import RENEWAL_DAYS

HOURS_PER_YEAR = 365 * 24
ANCHOR_VALIDITY_HOURS = 10 * HOURS_PER_YEAR
ISSUER_VALIDITY_HOURS = HOURS_PER_YEAR
EARLY_RENEWAL_HOURS = RENEWAL_DAYS * 24
ANCHOR_NAME = "root.linkerd.cluster.local"
ISSUER_NAME = "identity.linkerd.cluster.local"
_CA_USES = ["cert_signing", "crl_signing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """The trust anchors by generation, and the issuer with its key."""

    anchors: dict[int, tls.SelfSignedCert]
    issuer: tls.LocallySignedCert
    issuer_key: tls.PrivateKey


def generate(name: str, settings: IdentitySettings, parent: pulumi.Resource) -> Generated:
    """Make the trust anchors (valid 10 years) and the issuer (1 year), renewed 30 days early.

    The resource names of an anchor contain its generation, those of the issuer both generations. So
    a new generation is created, with a new key, before the old one is deleted. An early renewal
    keeps the key, so that proxies that know the old certificate trust what the new one signs.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    keys = {n: _key(f"{name}-trust-anchor-{n}", opts) for n in settings.trust_anchors.bundle}
    anchors = {n: _anchor(f"{name}-trust-anchor-{n}", key, opts) for n, key in keys.items()}
    issuing = settings.trust_anchors.issuing
    issuer = f"{name}-issuer-{issuing}-{settings.issuer.generation}"
    issuer_key = _key(issuer, opts)
    certificate = tls.LocallySignedCert(
        issuer,
        cert_request_pem=_request(issuer, issuer_key, opts).cert_request_pem,
        ca_private_key_pem=keys[issuing].private_key_pem,
        ca_cert_pem=anchors[issuing].cert_pem,
        is_ca_certificate=True,
        allowed_uses=_CA_USES,
        set_subject_key_id=True,
        validity_period_hours=ISSUER_VALIDITY_HOURS,
        early_renewal_hours=EARLY_RENEWAL_HOURS,
        opts=opts,
    )
    return Generated(anchors=anchors, issuer=certificate, issuer_key=issuer_key)


def _anchor(name: str, key: tls.PrivateKey, opts: pulumi.ResourceOptions) -> tls.SelfSignedCert:
    return tls.SelfSignedCert(
        name,
        private_key_pem=key.private_key_pem,
        subject=tls.SelfSignedCertSubjectArgs(common_name=ANCHOR_NAME),
        is_ca_certificate=True,
        allowed_uses=_CA_USES,
        set_subject_key_id=True,
        validity_period_hours=ANCHOR_VALIDITY_HOURS,
        early_renewal_hours=EARLY_RENEWAL_HOURS,
        opts=opts,
    )


def _key(name: str, opts: pulumi.ResourceOptions) -> tls.PrivateKey:
    return tls.PrivateKey(f"{name}-key", algorithm="ECDSA", ecdsa_curve="P256", opts=opts)


def _request(name: str, key: tls.PrivateKey, opts: pulumi.ResourceOptions) -> tls.CertRequest:
    return tls.CertRequest(
        f"{name}-request",
        private_key_pem=key.private_key_pem,
        subject=tls.CertRequestSubjectArgs(common_name=ISSUER_NAME),
        opts=opts,
    )

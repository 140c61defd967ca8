"""What Linkerd asks of a trust anchor and of an issuer, checked on the certificates themselves.

Sources: ``pkg/issuercerts/issuercerts.go`` and ``pkg/tls`` of Linkerd, and RFC 5280, section 6.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import SignatureAlgorithmOID

from components.findings import Finding

SOON = timedelta(days=30)
"""A certificate that ends sooner than this is worth a warning."""

Chain: TypeAlias = Sequence[x509.Certificate]

_SHA256 = (SignatureAlgorithmOID.ECDSA_WITH_SHA256, SignatureAlgorithmOID.RSA_WITH_SHA256)
_RSA_BITS = (2048, 4096)


class UnusableError(ValueError):
    """The text is not what it should be; ``finding`` says how. No part of a key is in it."""

    def __init__(self, finding: Finding) -> None:
        """Take the finding."""
        super().__init__(finding.found)
        self.finding = finding


def read_chain(pem: str) -> Chain:
    """The certificates of a PEM text, at least one. Raises :class:`UnusableError`."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise UnusableError(
            Finding(
                found=f"text without a readable certificate ({len(pem)} characters)",
                allowed="one or more certificates in PEM form",
                fix="Set the content of the certificate's file, not its name.",
            )
        ) from None


def read_key(pem: str) -> ec.EllipticCurvePrivateKey:
    """The issuer's private key. Raises :class:`UnusableError`."""
    allowed = "an ECDSA P-256 private key in PEM form, without a passphrase"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        found, fix = "a private key under a passphrase", "Decrypt it: `openssl ec -in issuer.key`."
        raise UnusableError(Finding(found=found, allowed=allowed, fix=fix)) from None
    except (ValueError, UnsupportedAlgorithm):
        found, fix = "text without a readable private key", "Set the content of the key's file."
        raise UnusableError(Finding(found=found, allowed=allowed, fix=fix)) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        found, fix = "a private key that is not ECDSA", "Make a new issuer with an ECDSA P-256 key."
        raise UnusableError(Finding(found=found, allowed=allowed, fix=fix))
    return key


def fingerprint(certificate: x509.Certificate) -> str:
    """The first 16 hex digits of the certificate's SHA-256: enough to tell two apart."""
    return hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()[:16]


def describe(certificate: x509.Certificate) -> str:
    """The certificate's subject and fingerprint, for messages."""
    return f"{certificate.subject.rfc4514_string()} ({fingerprint(certificate)})"


def end(certificate: x509.Certificate) -> str:
    """When the certificate ends, in RFC 3339."""
    return certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ")


def ends_soon(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether a valid certificate ends within 30 days."""
    return now <= certificate.not_valid_after_utc < now + SOON


def anchor_findings(certificate: x509.Certificate, now: datetime) -> Iterator[Finding]:
    """What is wrong with a trust anchor: time, CA flags, key (ECDSA P-256, RSA 2048 or 4096)."""
    yield from _authority_findings(certificate, now)
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA_BITS:
        return
    yield from _curve_findings(certificate, "ECDSA P-256, RSA 2048 or RSA 4096")


def issuer_findings(certificate: x509.Certificate, now: datetime) -> Iterator[Finding]:
    """What is wrong with an issuer: time, CA flags, key (ECDSA P-256)."""
    yield from _authority_findings(certificate, now)
    yield from _curve_findings(certificate, "ECDSA P-256")


def key_findings(
    certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> Iterator[Finding]:
    """Whether the private key is the certificate's."""
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if certificate.public_key().public_bytes(*form) != key.public_key().public_bytes(*form):
        yield Finding(
            found="the key of another certificate",
            allowed=f"the private key of {describe(certificate)}",
            fix="Set the certificate and the key that were made together.",
        )


def anchor_of(chain: Chain, anchors: Chain) -> x509.Certificate | None:
    """The anchor that an issuer chains to, through the intermediates that follow it.

    Signatures, names and path lengths are checked; times are not.
    """
    issuer, *intermediates = chain
    return _climb(issuer, intermediates, anchors, below=0)


def _climb(
    certificate: x509.Certificate, intermediates: Chain, anchors: Chain, *, below: int
) -> x509.Certificate | None:
    if not _may_stand_above(certificate, below):
        return None
    for anchor in anchors:
        if _signed(certificate, anchor) and _may_stand_above(anchor, below + 1):
            return anchor
    for position, intermediate in enumerate(intermediates):
        rest = [*intermediates[:position], *intermediates[position + 1 :]]
        if _signed(certificate, intermediate):
            found = _climb(intermediate, rest, anchors, below=below + 1)
            if found is not None:
                return found
    return None


def _signed(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _may_stand_above(certificate: x509.Certificate, authorities: int) -> bool:
    constraints = _constraints(certificate)
    if constraints is None or not constraints.ca:
        return False
    return constraints.path_length is None or constraints.path_length >= authorities


def _constraints(certificate: x509.Certificate) -> x509.BasicConstraints | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return None


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage.key_cert_sign


def _authority_findings(certificate: x509.Certificate, now: datetime) -> Iterator[Finding]:
    name = describe(certificate)
    if now > certificate.not_valid_after_utc:
        yield Finding(
            found=f"{name}, which ended at {end(certificate)}",
            allowed="a certificate that is valid now",
            fix="Make a new one; docs/runbooks/certificates.md tells how to recover.",
        )
    if now < certificate.not_valid_before_utc:
        begin = certificate.not_valid_before_utc.isoformat()
        yield Finding(
            found=f"{name}, which begins at {begin}",
            allowed="a certificate that is valid now",
            fix="Wait until then, or correct the clock of the machine that made it.",
        )
    constraints = _constraints(certificate)
    if constraints is None or not constraints.ca or not _may_sign(certificate):
        yield Finding(
            found=f"{name}, which may not sign certificates",
            allowed="a CA certificate (basic constraint CA, key usage certSign)",
            fix="Make it with `step certificate create --profile root-ca` (trust anchor) or "
            "`--profile intermediate-ca` (issuer).",
        )
    if certificate.signature_algorithm_oid not in _SHA256:
        yield Finding(
            found=f"{name}, signed by {certificate.signature_algorithm_oid._name}",
            allowed="a signature by ECDSA or RSA with SHA-256",
            fix="Make it again with SHA-256.",
        )


def _curve_findings(certificate: x509.Certificate, allowed: str) -> Iterator[Finding]:
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return
    yield Finding(
        found=f"{describe(certificate)} with a key of {_kind(key)}",
        allowed=f"a key of {allowed}",
        fix="Make it again with `step certificate create --kty EC --crv P-256`.",
    )


def _kind(key: object) -> str:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ECDSA {key.curve.name}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    return "another kind"

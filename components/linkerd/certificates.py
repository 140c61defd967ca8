"""The mesh's certificates: reading them, and messages about what Linkerd refuses.

What Linkerd requires is in ``components.linkerd.shared.x509``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import SignatureAlgorithmOID

from components.findings import Finding
from components.linkerd.shared.limits import RENEWAL_DAYS
from components.linkerd.shared.x509 import (
    Chain,
    Fault,
    anchor_faults,
    anchor_of,
    issuer_faults,
    public_key,
)

__all__ = [
    "Chain",
    "Finding",
    "UnusableError",
    "anchor_findings",
    "anchor_of",
    "describe",
    "end",
    "ends_soon",
    "fingerprint",
    "issuer_findings",
    "key_findings",
    "read_chain",
    "read_key",
]

SOON = timedelta(days=RENEWAL_DAYS)
"""A certificate that ends sooner than this is worth a warning."""


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
    """Whether a valid certificate ends within :data:`SOON`."""
    return now <= certificate.not_valid_after_utc < now + SOON


def anchor_findings(certificate: x509.Certificate, now: datetime) -> Iterator[Finding]:
    """What is wrong with a trust anchor: time, CA flags, signature, key (P-256, RSA 2048 or 4096).

    The same is required of an intermediate between the issuer and its anchor.
    """
    for fault in anchor_faults(certificate, now):
        yield _finding(fault, certificate)


def issuer_findings(certificate: x509.Certificate, now: datetime) -> Iterator[Finding]:
    """What is wrong with an issuer: time, CA flags, signature, key (ECDSA P-256)."""
    for fault in issuer_faults(certificate, now):
        yield _finding(fault, certificate)


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


def _finding(fault: Fault, certificate: x509.Certificate) -> Finding:
    clause, allowed, fix = _WORDS[fault]
    found = clause.format(
        begin=certificate.not_valid_before_utc.isoformat(),
        end=end(certificate),
        algorithm=_algorithm(certificate),
        key=_key_kind(public_key(certificate)),
    )
    return Finding(found=f"{describe(certificate)}{found}", allowed=allowed, fix=fix)


_VALID = "a certificate that is valid now"
_NEW_KEY = "Make it again with `step certificate create --kty EC --crv P-256`."
# What is found after the certificate's name, what is allowed, and what to do.
_WORDS: Mapping[Fault, tuple[str, str, str]] = {
    Fault.ENDED: (
        ", which ended at {end}",
        _VALID,
        "Make a new one; docs/runbooks/certificates.md tells how to recover.",
    ),
    Fault.NOT_YET_VALID: (
        ", which begins at {begin}",
        _VALID,
        "Wait until then, or correct the clock of the machine that made it.",
    ),
    Fault.NO_AUTHORITY: (
        ", which may not sign certificates",
        "a CA certificate (basic constraint CA, key usage certSign)",
        "Make it with `step certificate create --profile root-ca` (trust anchor) or "
        "`--profile intermediate-ca` (issuer).",
    ),
    Fault.SIGNATURE: (
        ", signed by {algorithm}",
        "a signature by ECDSA or RSA with SHA-256",
        "Make it again with SHA-256.",
    ),
    Fault.ISSUER_KEY: (" with a key of {key}", "a key of ECDSA P-256", _NEW_KEY),
    Fault.ANCHOR_KEY: (
        " with a key of {key}",
        "a key of ECDSA P-256, RSA 2048 or RSA 4096",
        _NEW_KEY,
    ),
}
_ALGORITHMS = {oid: name for name, oid in vars(SignatureAlgorithmOID).items() if name.isupper()}


def _algorithm(certificate: x509.Certificate) -> str:
    oid = certificate.signature_algorithm_oid
    return _ALGORITHMS[oid].replace("_", " ") if oid in _ALGORITHMS else oid.dotted_string


def _key_kind(key: object) -> str:
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"ECDSA {key.curve.name}"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    return "another kind"

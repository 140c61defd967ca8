"""What Linkerd wants of the mesh's certificates. Pure functions, which never show a certificate.

Source: https://github.com/linkerd/linkerd2/blob/main/pkg/issuercerts/issuercerts.go,
https://linkerd.io/2-edge/tasks/generate-certificates/.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

MIN_RSA_BITS = 2048


def parse(pem: object) -> list[x509.Certificate]:
    """The certificates in a PEM text, in order; empty when it is none, or a broken one."""
    if not isinstance(pem, str):
        return []
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        return []


def anchor_faults(certificate: x509.Certificate) -> Iterator[str]:
    """Why a certificate is no trust anchor, as instructions."""
    key = _key(certificate)
    large = isinstance(key, rsa.RSAPublicKey) and key.key_size >= MIN_RSA_BITS
    if not _is_p256(key) and not large:
        yield f"make it with an ECDSA P-256 key, or an RSA key of {MIN_RSA_BITS} bits or more"
    if not _is_authority(certificate):
        yield "make it a certificate authority (isCA)"


def issuer_faults(certificate: x509.Certificate) -> Iterator[str]:
    """Why a certificate is no issuer, as instructions."""
    if not _is_p256(_key(certificate)):
        yield "make it with an ECDSA P-256 key"
    if not _is_authority(certificate):
        yield "make it a certificate authority (isCA)"


def period_faults(certificate: x509.Certificate, days: int, now: datetime) -> Iterator[str]:
    """Why a certificate is not valid from ``now`` for another ``days``, as instructions."""
    ends, begins = certificate.not_valid_after_utc, certificate.not_valid_before_utc
    if ends <= now:
        yield f"renew it: it ended on {ends:%Y-%m-%d}"
    elif ends < now + timedelta(days=days):
        yield f"renew it: it ends on {ends:%Y-%m-%d}, in less than {days} days"
    if begins > now:
        yield f"use one that is valid already: it begins on {begins:%Y-%m-%d}"


def issued_by(
    chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]
) -> x509.Certificate | None:
    """The anchor to which the chain leads: the issuer, then intermediates in any order."""
    current, rest = chain[0], list(chain[1:])
    while True:
        for anchor in anchors:
            if current == anchor or _signed(current, anchor):
                return anchor
        above = next((one for one in rest if _signed(current, one)), None)
        if above is None:
            return None
        rest.remove(above)
        current = above


def utc_now() -> datetime:
    """The time by which certificates are judged."""
    return datetime.now(UTC)


def _key(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return None


def _is_p256(key: object) -> bool:
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return constraints.value.ca


def _signed(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (InvalidSignature, TypeError, ValueError, UnsupportedAlgorithm):
        return False
    return True

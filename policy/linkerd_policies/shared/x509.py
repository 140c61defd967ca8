"""What Linkerd requires of a trust anchor, of an issuer and of the chain between them.

Nothing here holds a text for people or a part of a private key. The program and the pack word their
messages themselves. Sources: linkerd2, pkg/issuercerts/issuercerts.go and pkg/tls/cred.go; RFC
5280, section 6.1; https://linkerd.io/2-edge/tasks/generate-certificates/.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import SignatureAlgorithmOID

Chain: TypeAlias = Sequence[x509.Certificate]

RSA_BITS = (2048, 4096)
"""The sizes of an RSA key that a trust anchor may have. An issuer's key is ECDSA P-256."""

_SIGNATURES = (SignatureAlgorithmOID.ECDSA_WITH_SHA256, SignatureAlgorithmOID.RSA_WITH_SHA256)


class Fault(Enum):
    """Why Linkerd refuses a certificate."""

    ENDED = "its validity has ended"
    NOT_YET_VALID = "its validity has not begun"
    NO_AUTHORITY = "it is not a CA certificate, or its key usage lacks certSign"
    SIGNATURE = "it is signed by another algorithm than ECDSA or RSA with SHA-256"
    ISSUER_KEY = "its key is not ECDSA P-256"
    ANCHOR_KEY = "its key is neither ECDSA P-256 nor RSA with 2048 or 4096 bits"


def anchor_faults(certificate: x509.Certificate, now: datetime) -> Iterator[Fault]:
    """What is wrong with a trust anchor, or with an intermediate between issuer and anchor.

    ``now`` has a time zone.
    """
    yield from _authority_faults(certificate, now)
    key = public_key(certificate)
    is_rsa = isinstance(key, rsa.RSAPublicKey) and key.key_size in RSA_BITS
    if not is_rsa and not _is_p256(key):
        yield Fault.ANCHOR_KEY


def issuer_faults(certificate: x509.Certificate, now: datetime) -> Iterator[Fault]:
    """What is wrong with an issuer. ``now`` has a time zone."""
    yield from _authority_faults(certificate, now)
    if not _is_p256(public_key(certificate)):
        yield Fault.ISSUER_KEY


def anchor_of(chain: Chain, anchors: Chain) -> x509.Certificate | None:
    """The trust anchor that an issuer leads to; ``None`` if there is none.

    ``chain`` is the issuer, then intermediates in any order. Signatures and names are checked, and
    CA flags and path lengths of the certificates above the issuer; times are not. An issuer may be
    an anchor itself: ``linkerd install`` makes one certificate for both (linkerd2,
    cli/cmd/options.go), and Linkerd accepts it.
    """
    issuer, *intermediates = chain
    return issuer if issuer in anchors else _climb(issuer, intermediates, anchors, below=0)


def public_key(certificate: x509.Certificate) -> object:
    """The certificate's public key; ``None`` if its kind is unknown."""
    try:
        return certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return None


def _climb(
    certificate: x509.Certificate, intermediates: Chain, anchors: Chain, *, below: int
) -> x509.Certificate | None:
    """The anchor above a certificate that has ``below`` authorities below it."""
    for anchor in anchors:
        if _stands_above(anchor, certificate, below + 1):
            return anchor
    for position, intermediate in enumerate(intermediates):
        rest = [*intermediates[:position], *intermediates[position + 1 :]]
        if _stands_above(intermediate, certificate, below + 1):
            found = _climb(intermediate, rest, anchors, below=below + 1)
            if found is not None:
                return found
    return None


def _stands_above(upper: x509.Certificate, lower: x509.Certificate, authorities: int) -> bool:
    """Whether ``upper`` signed ``lower`` and may have so many ``authorities`` below it."""
    constraints = _constraints(upper)
    if constraints is None or not constraints.ca:
        return False
    fits = constraints.path_length is None or constraints.path_length >= authorities
    return fits and _signed(lower, upper)


def _signed(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _constraints(certificate: x509.Certificate) -> x509.BasicConstraints | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, ValueError):
        return None


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False
    return usage.key_cert_sign


def _is_p256(key: object) -> bool:
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1)


def _authority_faults(certificate: x509.Certificate, now: datetime) -> Iterator[Fault]:
    if now > certificate.not_valid_after_utc:
        yield Fault.ENDED
    if now < certificate.not_valid_before_utc:
        yield Fault.NOT_YET_VALID
    constraints = _constraints(certificate)
    if constraints is None or not constraints.ca or not _may_sign(certificate):
        yield Fault.NO_AUTHORITY
    if certificate.signature_algorithm_oid not in _SIGNATURES:
        yield Fault.SIGNATURE

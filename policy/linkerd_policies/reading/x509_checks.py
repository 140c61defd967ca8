"""What is wrong with the mesh's certificates, as instructions. No text shows a certificate.

What Linkerd requires is in ``linkerd_policies.shared.x509``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cryptography import x509

from linkerd_policies.shared.x509 import Fault, anchor_faults, issuer_faults

_INSTRUCTIONS = {
    Fault.ENDED: "renew it: it ended on {end:%Y-%m-%d}",
    Fault.NOT_YET_VALID: "use one that is valid already: it begins on {begin:%Y-%m-%d}",
    Fault.NO_AUTHORITY: "make it a certificate authority (isCA) that may sign certificates "
    "(key usage certSign)",
    Fault.SIGNATURE: "sign it by ECDSA or RSA with SHA-256",
    Fault.ISSUER_KEY: "make it with an ECDSA P-256 key",
    Fault.ANCHOR_KEY: "make it with an ECDSA P-256 key, or an RSA key of 2048 or 4096 bits",
}


def parse(pem: object) -> list[x509.Certificate]:
    """The certificates in a PEM text, in order; empty if there are none or one is broken."""
    if not isinstance(pem, str):
        return []
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        return []


def anchor_instructions(certificate: x509.Certificate, days: int, now: datetime) -> Iterator[str]:
    """How to make a trust anchor, or an intermediate, that Linkerd accepts for another ``days``."""
    yield from _instructions(certificate, anchor_faults(certificate, now))
    yield from _renewal(certificate, days, now)


def issuer_instructions(certificate: x509.Certificate, days: int, now: datetime) -> Iterator[str]:
    """How to make an issuer that Linkerd accepts for another ``days``."""
    yield from _instructions(certificate, issuer_faults(certificate, now))
    yield from _renewal(certificate, days, now)


def utc_now() -> datetime:
    """The time by which certificates are judged."""
    return datetime.now(UTC)


def _instructions(certificate: x509.Certificate, faults: Iterator[Fault]) -> Iterator[str]:
    for fault in faults:
        yield _INSTRUCTIONS[fault].format(
            begin=certificate.not_valid_before_utc, end=certificate.not_valid_after_utc
        )


def _renewal(certificate: x509.Certificate, days: int, now: datetime) -> Iterator[str]:
    end = certificate.not_valid_after_utc
    if now <= end < now + timedelta(days=days):
        yield f"renew it: it ends on {end:%Y-%m-%d}, in less than {days} days"

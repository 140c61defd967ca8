"""Certificates of any kind, for tests: made here, by an authority or by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

Key: TypeAlias = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(Encoding.PEM).decode()

    def key_pem(self, passphrase: bytes | None = None) -> str:
        lock = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()


def make(
    name: str = "root.linkerd.cluster.local",
    *,
    by: Authority | None = None,
    key: Key | None = None,
    days: float = 365,
    begins: datetime = NOW - DAY,
    ca: bool = True,
    path_length: int | None = None,
    cert_sign: bool | None = True,
    digest: hashes.HashAlgorithm | None = None,
) -> Authority:
    """A certificate that ends ``days`` after ``NOW``; ``cert_sign`` None leaves key usage out."""
    own = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(NOW + days * DAY)
        .add_extension(x509.BasicConstraints(ca, path_length if ca else None), critical=True)
    )
    if cert_sign is not None:
        builder = builder.add_extension(_usage(cert_sign), critical=True)
    signing_key = by.key if by else own
    is_edwards = isinstance(signing_key, ed25519.Ed25519PrivateKey)
    algorithm = None if is_edwards else digest or hashes.SHA256()
    return Authority(builder.sign(signing_key, algorithm), own)  # type: ignore[arg-type] # any hash


def _usage(cert_sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not cert_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=cert_sign,
        crl_sign=cert_sign,
        encipher_only=False,
        decipher_only=False,
    )

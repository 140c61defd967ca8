"""ECDSA P-256 keys, and the requests and certificates of authorities with such keys.

Source: ``common_cert.go`` and ``common_key.go`` of hashicorp/terraform-provider-tls, and Go's
``crypto/x509`` beneath it.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from tools.standins.schema import Invalid

ALGORITHM = "ECDSA"
CURVE = "P256"
PrivateKey = ec.EllipticCurvePrivateKey
USES: Final = {"cert_signing": "key_cert_sign", "crl_signing": "crl_sign"}
_KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def generate() -> PrivateKey:
    """A new key."""
    return ec.generate_private_key(ec.SECP256R1())


def parse_key(pem: str) -> PrivateKey:
    """Read a private key in SEC 1 or PKCS#8 PEM.

    Raises ``Invalid``, whose message holds nothing of the key.
    """
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):  # damaged, encrypted, or no key at all
        raise Invalid("it must be a PEM private key without a passphrase") from None
    if not isinstance(key, PrivateKey) or not _is_supported(key.public_key()):
        raise Invalid("supported here: ECDSA keys of curve P-256", unsupported=True)
    return key


def parse_authority(pem: str) -> x509.Certificate:
    """Read the certificate of an authority. Raises ``Invalid``."""
    try:
        found = x509.load_pem_x509_certificate(pem.encode())
        constraints = found.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound):
        constraints = None
    if constraints is None or not constraints.ca:
        raise Invalid("it must be the PEM 'CERTIFICATE' of a certificate authority")
    return found


def parse_request(pem: str) -> x509.CertificateSigningRequest:
    """Read a certificate request. Raises ``Invalid``."""
    try:
        found = x509.load_pem_x509_csr(pem.encode())
    except ValueError:
        raise Invalid("it must be a PEM 'CERTIFICATE REQUEST'") from None
    if not list(found.subject):
        raise Invalid("its subject must hold a name: the certificate is for an authority")
    if len(found.extensions) or not _is_supported(found.public_key()):
        raise Invalid(
            "supported here: requests of ECDSA P-256 keys without alternative names",
            unsupported=True,
        )
    return found


def check_common_name(text: str) -> None:
    """Raises ``Invalid`` for a text that cannot be a common name."""
    try:
        name(text)
    except ValueError:
        raise Invalid("it must have 1 to 64 characters") from None


def name(common_name: str) -> x509.Name:
    """A distinguished name. Raises ``ValueError``."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def key_outputs(key: PrivateKey) -> dict[str, str]:
    """The outputs of a ``PrivateKey``: its PEM and OpenSSH forms, and the fingerprints."""

    def private(form: PrivateFormat) -> str:
        return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()

    public = key.public_key()
    openssh = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
    blob = base64.b64decode(openssh.split()[1])
    sha256 = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {
        "privateKeyPem": private(PrivateFormat.TraditionalOpenSSL),
        "privateKeyPemPkcs8": private(PrivateFormat.PKCS8),
        "privateKeyOpenssh": private(PrivateFormat.OpenSSH),
        "publicKeyPem": pem.decode(),
        "publicKeyOpenssh": openssh.decode() + "\n",
        "publicKeyFingerprintMd5": hashlib.md5(blob, usedforsecurity=False).digest().hex(":"),
        "publicKeyFingerprintSha256": f"SHA256:{sha256}",
    }


def public_der(key: PrivateKey) -> bytes:
    """The public key as SubjectPublicKeyInfo."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def identifier(der: bytes) -> str:
    """The id of a key or a request: the SHA-1 of its DER form without blanks at the ends."""
    return hashlib.sha1(der.strip(), usedforsecurity=False).hexdigest()


def request(subject: x509.Name, key: PrivateKey) -> x509.CertificateSigningRequest:
    """A certificate request."""
    return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())


def sign(
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    key: PrivateKey,
    *,
    issuer: x509.Certificate | None,
    uses: Sequence[str],
    hours: int,
    now: datetime,
) -> x509.Certificate:
    """A certificate for an authority, valid for ``hours`` from ``now`` on.

    ``key`` is the private key of ``issuer``; without an issuer the certificate is self-signed.
    """
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(public)
        .serial_number(secrets.randbits(128) or 1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(hours=hours))
    )
    for extension, critical in _extensions(subject, public, issuer, uses):
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hashes.SHA256())


def _extensions(
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer: x509.Certificate | None,
    uses: Sequence[str],
) -> list[tuple[x509.ExtensionType, bool]]:
    """The extensions in Go's order, each with whether it is critical."""
    found: list[tuple[x509.ExtensionType, bool]] = []
    if uses:
        wanted = {USES[use] for use in uses}
        found.append((x509.KeyUsage(**{flag: flag in wanted for flag in _KEY_USAGES}), True))
    found.append((x509.BasicConstraints(ca=True, path_length=None), True))
    # The official plugin gives every authority a key identifier, whatever setSubjectKeyId says.
    found.append((x509.SubjectKeyIdentifier.from_public_key(public), False))
    issuer_id = _key_identifier(issuer) if issuer and issuer.subject != subject else None
    if issuer_id:
        found.append((x509.AuthorityKeyIdentifier(issuer_id, None, None), False))
    return found


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return found.value.digest


def _is_supported(public: object) -> bool:
    return isinstance(public, ec.EllipticCurvePublicKey) and isinstance(public.curve, ec.SECP256R1)

"""Private keys: made, read and written in the forms that the ``tls`` package gives out.

Source: ``common_key.go`` and ``resource_private_key.go`` of hashicorp/terraform-provider-tls.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from tools.standins.schema import ProviderError

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey

ALGORITHMS = ("RSA", "ECDSA", "ED25519")
CURVES: Final[dict[str, ec.EllipticCurve]] = {
    "P224": ec.SECP224R1(),
    "P256": ec.SECP256R1(),
    "P384": ec.SECP384R1(),
    "P521": ec.SECP521R1(),
}
RSA_MINIMUM_BITS = 1024
_PREAMBLES = ("RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY")


def generate(algorithm: str, curve: str, rsa_bits: int) -> PrivateKey:
    """A new key. ``curve`` is used for ECDSA only, ``rsa_bits`` for RSA only."""
    if algorithm == "RSA":
        return rsa.generate_private_key(public_exponent=65537, key_size=rsa_bits)
    if algorithm == "ECDSA":
        return ec.generate_private_key(CURVES[curve])
    return ed25519.Ed25519PrivateKey.generate()


def algorithm_of(key: PrivateKey) -> str:
    """``RSA``, ``ECDSA`` or ``ED25519``."""
    if isinstance(key, rsa.RSAPrivateKey):
        return "RSA"
    return "ECDSA" if isinstance(key, ec.EllipticCurvePrivateKey) else "ED25519"


def parse(pem: str) -> PrivateKey:
    """Read a key in PKCS#1, SEC 1 or PKCS#8 PEM.

    Raises ``ProviderError``, whose message holds nothing of the key.
    """
    preamble = re.search(r"-----BEGIN ([A-Z0-9 ]+)-----", pem)
    if preamble is None or preamble[1] not in _PREAMBLES:
        found = f"is a PEM {preamble[1]!r}" if preamble else "holds no PEM block"
        raise ProviderError(f"{found}; it must be a PEM {' or '.join(map(repr, _PREAMBLES))}")
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):  # a damaged key, an encrypted one
        raise ProviderError(
            f"is a PEM {preamble[1]!r} that cannot be read; "
            "it must be a whole key without a passphrase"
        ) from None
    if not isinstance(key, PrivateKey):
        raise ProviderError(f"is another kind of key; it must be of {', '.join(ALGORITHMS)}")
    return key


def private_forms(key: PrivateKey) -> dict[str, str]:
    """``privateKeyPem``, ``privateKeyPemPkcs8`` and ``privateKeyOpenssh`` (empty for P224)."""
    traditional = (
        PrivateFormat.PKCS8
        if isinstance(key, ed25519.Ed25519PrivateKey)
        else PrivateFormat.TraditionalOpenSSL
    )

    def pem(form: PrivateFormat) -> str:
        return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()

    return {
        "privateKeyPem": pem(traditional),
        "privateKeyPemPkcs8": pem(PrivateFormat.PKCS8),
        "privateKeyOpenssh": pem(PrivateFormat.OpenSSH) if _fits_openssh(key) else "",
    }


def public_forms(key: PrivateKey) -> dict[str, str]:
    """``publicKeyPem``, and the three OpenSSH forms, which are empty for P224."""
    public = key.public_key()
    forms = {
        "publicKeyPem": public.public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ).decode(),
        "publicKeyOpenssh": "",
        "publicKeyFingerprintMd5": "",
        "publicKeyFingerprintSha256": "",
    }
    if _fits_openssh(key):
        line = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        blob = base64.b64decode(line.split()[1])
        sha256 = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        md5 = hashlib.md5(blob, usedforsecurity=False).digest()
        forms["publicKeyOpenssh"] = line.decode() + "\n"
        forms["publicKeyFingerprintMd5"] = md5.hex(":")
        forms["publicKeyFingerprintSha256"] = f"SHA256:{sha256}"
    return forms


def identifier(der: bytes) -> str:
    """The id of a key or a request: the SHA-1 of its DER form without blanks at the ends."""
    return hashlib.sha1(der.strip(), usedforsecurity=False).hexdigest()


def public_der(key: PrivateKey) -> bytes:
    """The public key as SubjectPublicKeyInfo."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _fits_openssh(key: PrivateKey) -> bool:
    return not (isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp224r1")

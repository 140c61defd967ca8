"""X.509 certificates and requests with the extensions that the ``tls`` package sets.

Source: ``common_cert.go`` of hashicorp/terraform-provider-tls, and Go's ``crypto/x509`` beneath it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from tools.standins.keys import PrivateKey, PublicKey
from tools.standins.schema import ProviderError

KEY_USAGES: Final = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
    "encipher_only": "encipher_only",
    "decipher_only": "decipher_only",
}
EXTENDED_KEY_USAGES: Final = {
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "ipsec_end_system": ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "ipsec_tunnel": ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec_user": ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "microsoft_server_gated_crypto": ObjectIdentifier("1.3.6.1.4.1.311.10.3.3"),
    "netscape_server_gated_crypto": ObjectIdentifier("2.16.840.1.113730.4.1"),
    "microsoft_commercial_code_signing": ObjectIdentifier("1.3.6.1.4.1.311.2.1.22"),
    "microsoft_kernel_code_signing": ObjectIdentifier("1.3.6.1.4.1.311.61.1.1"),
}
USES = tuple(sorted([*KEY_USAGES, *EXTENDED_KEY_USAGES]))

# In the order in which Go writes a name.
SUBJECT_FIELDS: Final = {
    "country": NameOID.COUNTRY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "locality": NameOID.LOCALITY_NAME,
    "streetAddresses": NameOID.STREET_ADDRESS,
    "postalCode": NameOID.POSTAL_CODE,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "commonName": NameOID.COMMON_NAME,
    "serialNumber": NameOID.SERIAL_NUMBER,
    "emailAddress": NameOID.EMAIL_ADDRESS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What a certificate shall say. ``hours`` is its validity; ``path_length`` None is no limit."""

    subject: x509.Name
    names: Sequence[x509.GeneralName]
    hours: int
    uses: Sequence[str]
    is_ca: bool = False
    path_length: int | None = None
    subject_key_id: bool = False


def name(subject: Mapping[str, Any] | None) -> x509.Name:
    """A distinguished name from the ``subject`` input. Raises ``ProviderError``."""
    parts = []
    for field, oid in SUBJECT_FIELDS.items():
        given = (subject or {}).get(field)
        values = given if isinstance(given, list) else [given]
        try:
            attributes = [x509.NameAttribute(oid, value) for value in values if value]
        except ValueError as error:
            raise ProviderError(f"{field}: {error}") from None
        if attributes:
            parts.append(x509.RelativeDistinguishedName(attributes))
    return x509.Name(parts)


def alternative_names(
    dns: Sequence[str], addresses: Sequence[str], uris: Sequence[str]
) -> list[x509.GeneralName]:
    """Subject alternative names in Go's order: DNS names, IP addresses, URIs.

    Raises ``ValueError`` for a value that cannot stand in a certificate.
    """
    return [
        *(x509.DNSName(one) for one in dns),
        *(x509.IPAddress(ipaddress.ip_address(one)) for one in addresses),
        *(x509.UniformResourceIdentifier(one) for one in uris),
    ]


def request(subject: x509.Name, names: Sequence[x509.GeneralName], key: PrivateKey) -> bytes:
    """A certificate request in DER."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(names), critical=_is_empty(subject)
        )
    return builder.sign(key, _digest(key)).public_bytes(Encoding.DER)


def self_signed(
    template: Template, key: PrivateKey, *, authority_key_id: bool, now: datetime
) -> x509.Certificate:
    """A certificate signed by its own key. Raises ``ProviderError``."""
    own_id = key_id(key.public_key()) if _has_key_id(template) else None
    if authority_key_id and own_id is None:
        raise ProviderError(
            "setAuthorityKeyId: the certificate has no subject key identifier to name; "
            "set setSubjectKeyId too"
        )
    return _sign(
        template,
        key.public_key(),
        issuer=template.subject,
        issuer_key=key,
        authority=own_id if authority_key_id else None,
        now=now,
    )


def signed_by(
    template: Template,
    public: PublicKey,
    ca: x509.Certificate,
    ca_key: PrivateKey,
    *,
    now: datetime,
) -> x509.Certificate:
    """A certificate signed by an authority. Raises ``ProviderError``."""
    authority = subject_key_id(ca) if ca.subject != template.subject else None
    return _sign(
        template, public, issuer=ca.subject, issuer_key=ca_key, authority=authority, now=now
    )


def key_id(public: PublicKey) -> bytes:
    """The SHA-1 of the public key. Of an Ed25519 key the official plugin hashes an OCTET STRING."""
    if isinstance(public, ed25519.Ed25519PublicKey):
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        octets = bytes([4, len(raw)]) + raw
        return hashlib.sha1(octets, usedforsecurity=False).digest()
    return x509.SubjectKeyIdentifier.from_public_key(public).digest


def subject_key_id(certificate: x509.Certificate) -> bytes | None:
    """The subject key identifier that a certificate states."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except x509.ExtensionNotFound:
        return None
    return found.value.digest


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether a certificate says that it belongs to an authority."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _sign(
    template: Template,
    public: PublicKey,
    *,
    issuer: x509.Name,
    issuer_key: PrivateKey,
    authority: bytes | None,
    now: datetime,
) -> x509.Certificate:
    if template.is_ca and _is_empty(template.subject):
        raise ProviderError("subject: a certificate authority needs at least one name in it")
    builder = (
        x509.CertificateBuilder()
        .subject_name(template.subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(secrets.randbits(128) or 1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(hours=template.hours))
    )
    for extension, critical in _extensions(template, public, authority):
        builder = builder.add_extension(extension, critical)
    try:
        return builder.sign(issuer_key, _digest(issuer_key))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ProviderError(f"the certificate cannot be signed: {error}") from None


def _extensions(
    template: Template, public: PublicKey, authority: bytes | None
) -> list[tuple[x509.ExtensionType, bool]]:
    """The extensions in Go's order, with whether each is critical."""
    found: list[tuple[x509.ExtensionType, bool]] = []
    basic = {KEY_USAGES[use] for use in template.uses if use in KEY_USAGES}
    if basic:
        flags = {flag: flag in basic for flag in KEY_USAGES.values()}
        found.append((x509.KeyUsage(**flags), True))
    extended = [EXTENDED_KEY_USAGES[use] for use in template.uses if use in EXTENDED_KEY_USAGES]
    if extended:
        found.append((x509.ExtendedKeyUsage(extended), False))
    # Go reads a limit of 0 as none, and only an authority may have one.
    limit = (template.path_length or None) if template.is_ca else None
    found.append((x509.BasicConstraints(ca=template.is_ca, path_length=limit), True))
    if _has_key_id(template):
        found.append((x509.SubjectKeyIdentifier(key_id(public)), False))
    if authority is not None:
        found.append((x509.AuthorityKeyIdentifier(authority, None, None), False))
    if template.names:
        critical = _is_empty(template.subject)
        found.append((x509.SubjectAlternativeName(template.names), critical))
    return found


def _has_key_id(template: Template) -> bool:
    return template.is_ca or template.subject_key_id


def _is_empty(subject: x509.Name) -> bool:
    return not list(subject)


def _digest(key: PrivateKey) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512 | None:
    """The digest that Go pairs with a key: the curve's size for ECDSA, none for Ed25519."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return None
    if isinstance(key, ec.EllipticCurvePrivateKey):
        if key.curve.name == "secp384r1":
            return hashes.SHA384()
        if key.curve.name == "secp521r1":
            return hashes.SHA512()
    return hashes.SHA256()

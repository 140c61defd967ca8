"""The inputs of the ``tls`` resource types, and what they must be to each other.

Source: ``internal/provider/resource_*.go`` of hashicorp/terraform-provider-tls.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509

from tools.standins import certificates, keys
from tools.standins.schema import (
    UNKNOWN,
    Failure,
    Kind,
    Properties,
    Property,
    ProviderError,
    at_least,
    between,
    is_known,
    known,
    never,
    one_of,
)

LONGEST_HOURS = 2_562_047
"""Go counts a validity in nanoseconds of 64 bits: 292 years."""
DEFAULT_CURVE = "P224"
DEFAULT_RSA_BITS = 2048


def was_pem(old: Any, _new: Any) -> bool:
    """States of old versions hold hashes in place of PEMs: to write the PEM replaces nothing."""
    return isinstance(old, str) and bool(re.match(r"-----BEGIN [A-Za-z ]+-----\n", old))


def readable(parse: Callable[[str], object]) -> Callable[[Any], str | None]:
    """A test that passes what ``parse`` can read."""

    def test(value: Any) -> str | None:
        try:
            parse(value)
        except ProviderError as error:
            return str(error)
        return None

    return test


def parse_certificate(pem: str) -> x509.Certificate:
    """Read one certificate. Raises ``ProviderError``."""
    try:
        return x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise ProviderError("it must be a PEM 'CERTIFICATE', whole") from None


def parse_request(pem: str) -> x509.CertificateSigningRequest:
    """Read one certificate request. Raises ``ProviderError``."""
    try:
        return x509.load_pem_x509_csr(pem.encode())
    except ValueError:
        raise ProviderError("it must be a PEM 'CERTIFICATE REQUEST', whole") from None


def _dns_test(value: Any) -> str | None:
    try:
        x509.DNSName(value)
    except ValueError:
        return "it must be a DNS name in ASCII (IDNA for other scripts)"
    return None


def _address_test(value: Any) -> str | None:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return "it must be an IPv4 or IPv6 address"
    return None


def _uri_test(value: Any) -> str | None:
    try:
        urlsplit(value)
        x509.UniformResourceIdentifier(value)
    except ValueError:
        return "it must be a URI in ASCII"
    return None if value else "it must be a URI"


def _country_test(value: Any) -> str | None:
    return None if len(value) == 2 else "it must be the two letters of ISO 3166"


KEY_PEM = Property(kind=Kind.STRING, secret=True, test=readable(keys.parse), replaces=was_pem)
KEY_PEM_ONCE = Property(kind=Kind.STRING, secret=True, write_only=True, test=readable(keys.parse))
VERSION = Property(kind=Kind.INTEGER)
_TEXT = Property(kind=Kind.STRING)
SWITCH = Property(kind=Kind.BOOLEAN, default=False)

_SUBJECT = Property(
    kind=Kind.OBJECT,
    fields={
        **{field: _TEXT for field in certificates.SUBJECT_FIELDS},
        "country": Property(kind=Kind.STRING, test=_country_test),
        "streetAddresses": Property(kind=Kind.STRINGS),
    },
)
WHO = {
    "subject": _SUBJECT,
    "dnsNames": Property(kind=Kind.STRINGS, test=_dns_test),
    "ipAddresses": Property(kind=Kind.STRINGS, test=_address_test),
    "uris": Property(kind=Kind.STRINGS, test=_uri_test),
}
OWN_KEY = {
    "privateKeyPem": KEY_PEM,
    "privateKeyPemWo": KEY_PEM_ONCE,
    "privateKeyPemWoVersion": VERSION,
}
CERTIFICATE = {
    "allowedUses": Property(kind=Kind.STRINGS, required=True, test=one_of(certificates.USES)),
    "validityPeriodHours": Property(
        kind=Kind.INTEGER, required=True, test=between(0, LONGEST_HOURS)
    ),
    "earlyRenewalHours": Property(kind=Kind.INTEGER, default=0, test=at_least(0), replaces=never),
    "isCaCertificate": SWITCH,
    "maxPathLength": Property(kind=Kind.INTEGER, computed=True, test=at_least(-1)),
    "setSubjectKeyId": SWITCH,
}


def _key_failures(inputs: Properties, name: str) -> Iterable[Failure]:
    """Exactly one of the key and its write-only form, which needs a version."""
    once, version = f"{name}Wo", f"{name}WoVersion"
    given = [one for one in (name, once) if inputs.get(one) is not None]
    if not given:
        yield Failure(name, f"is missing; give it, or {once} with {version}")
    elif len(given) == 2:
        yield Failure(name, f"stands beside {once}; give one of them")
    if (once in inputs) != (version in inputs):
        lone, other = (once, version) if once in inputs else (version, once)
        yield Failure(lone, f"is given without {other}; the two go together")


def _use_failures(inputs: Properties) -> Iterable[Failure]:
    uses = inputs["allowedUses"]
    lone = {"encipher_only", "decipher_only"}.intersection(uses) if is_known(uses) else set()
    if lone and "key_agreement" not in uses:
        yield Failure(
            "allowedUses",
            f"has {', '.join(sorted(lone))} without key_agreement (RFC 5280, 4.2.1.3)",
        )


def request_failures(inputs: Properties) -> Iterable[Failure]:
    """What is wrong between the inputs of a certificate request."""
    yield from _key_failures(inputs, "privateKeyPem")
    if known(inputs, "subject"):
        try:
            certificates.name(inputs["subject"])
        except ProviderError as error:
            yield Failure("subject", str(error))


def self_signed_failures(inputs: Properties) -> Iterable[Failure]:
    """What is wrong between the inputs of a self-signed certificate."""
    yield from request_failures(inputs)
    yield from _use_failures(inputs)
    is_ca = inputs.get("isCaCertificate", False)
    subject = inputs.get("subject", {})
    if is_ca is True and subject is not UNKNOWN and not any(subject.values()):
        yield Failure("subject", "is empty; a certificate authority needs at least one name in it")
    if (
        inputs.get("setAuthorityKeyId") is True
        and is_ca is False
        and inputs.get("setSubjectKeyId", False) is False
    ):
        yield Failure("setAuthorityKeyId", "has no identifier to name; set setSubjectKeyId too")


def locally_signed_failures(inputs: Properties) -> Iterable[Failure]:
    """What is wrong between the inputs of a locally signed certificate."""
    yield from _key_failures(inputs, "caPrivateKeyPem")
    yield from _use_failures(inputs)
    for name in ("caPrivateKeyPem", "caPrivateKeyPemWo"):
        if known(inputs, name, "caCertPem"):
            certificate = parse_certificate(inputs["caCertPem"])
            if certificate.public_key() != keys.parse(inputs[name]).public_key():
                yield Failure(name, "is not the private key of caCertPem")

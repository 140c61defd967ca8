"""The resource types of the ``tls`` package that this project uses.

Source: ``internal/provider/resource_*.go`` of hashicorp/terraform-provider-tls.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from tools.standins import certificates
from tools.standins.renewal import ready_from_the_start, renewal_due
from tools.standins.resource import Created, ResourceType
from tools.standins.schema import (
    UNKNOWN,
    Failure,
    Properties,
    Property,
    between,
    never,
    only,
)

LONGEST_HOURS = 2_562_047
"""Go counts a validity in nanoseconds of 64 bits: 292 years."""
RFC_3339 = "%Y-%m-%dT%H:%M:%SZ"

_KEY = Property(kind=str, required=True, secret=True, test=certificates.parse_key)
_COMMON_NAME = Property(kind=str, required=True, test=certificates.check_common_name)
_SUBJECT = Property(kind=dict, required=True, fields={"commonName": _COMMON_NAME})
_CERTIFICATE = {
    "allowedUses": Property(kind=list, required=True, test=only(*certificates.USES)),
    "validityPeriodHours": Property(kind=int, required=True, test=between(0, LONGEST_HOURS)),
    "earlyRenewalHours": Property(kind=int, default=0, test=between(0), replaces=never),
    "isCaCertificate": Property(kind=bool, required=True, test=only(True)),
    "setSubjectKeyId": Property(kind=bool, default=False),
}
# The path length is unknown in a preview, and absent afterwards: there is no limit.
_CERTIFICATE_OUTPUTS = frozenset({"certPem", "validityStartTime", "validityEndTime"}) | {
    "maxPathLength"
}
_PRIVATE = frozenset({"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"})
_PUBLIC = frozenset(
    {
        "publicKeyPem",
        "publicKeyOpenssh",
        "publicKeyFingerprintMd5",
        "publicKeyFingerprintSha256",
    }
)


def _create_key(_inputs: Properties) -> Created:
    key = certificates.generate()
    return Created(
        certificates.identifier(certificates.public_der(key)), certificates.key_outputs(key)
    )


def _create_request(inputs: Properties) -> Created:
    key = certificates.parse_key(inputs["privateKeyPem"])
    made = certificates.request(certificates.name(inputs["subject"]["commonName"]), key)
    return Created(
        certificates.identifier(made.public_bytes(Encoding.DER)),
        {
            "certRequestPem": made.public_bytes(Encoding.PEM).decode(),
            "keyAlgorithm": certificates.ALGORITHM,
        },
    )


def _create_self_signed(inputs: Properties) -> Created:
    key = certificates.parse_key(inputs["privateKeyPem"])
    subject = certificates.name(inputs["subject"]["commonName"])
    made = _sign(inputs, subject, key.public_key(), key, None)
    return _created(made, "keyAlgorithm")


def _create_locally_signed(inputs: Properties) -> Created:
    key = certificates.parse_key(inputs["caPrivateKeyPem"])
    request = certificates.parse_request(inputs["certRequestPem"])
    public = cast(ec.EllipticCurvePublicKey, request.public_key())  # parse_request takes no other
    issuer = certificates.parse_authority(inputs["caCertPem"])
    return _created(_sign(inputs, request.subject, public, key, issuer), "caKeyAlgorithm")


def _sign(
    inputs: Properties,
    subject: x509.Name,
    public: ec.EllipticCurvePublicKey,
    key: certificates.PrivateKey,
    issuer: x509.Certificate | None,
) -> x509.Certificate:
    return certificates.sign(
        subject,
        public,
        key,
        issuer=issuer,
        uses=inputs["allowedUses"],
        hours=inputs["validityPeriodHours"],
        now=datetime.now(UTC).replace(microsecond=0),
    )


def _created(certificate: x509.Certificate, algorithm: str) -> Created:
    return Created(
        str(certificate.serial_number),
        {
            "certPem": certificate.public_bytes(Encoding.PEM).decode(),
            "validityStartTime": certificate.not_valid_before_utc.strftime(RFC_3339),
            "validityEndTime": certificate.not_valid_after_utc.strftime(RFC_3339),
            algorithm: certificates.ALGORITHM,
        },
    )


def _locally_signed_failures(inputs: Properties) -> Iterable[Failure]:
    """The private key must be that of the authority."""
    pem, key = inputs["caCertPem"], inputs["caPrivateKeyPem"]
    if UNKNOWN in (pem, key):
        return
    authority = certificates.parse_authority(pem)
    if authority.public_key() != certificates.parse_key(key).public_key():
        yield Failure("caPrivateKeyPem", "is not the private key of caCertPem")


RESOURCES = (
    ResourceType(
        token="tls:index/privateKey:PrivateKey",
        inputs={
            "algorithm": Property(kind=str, required=True, test=only(certificates.ALGORITHM)),
            "ecdsaCurve": Property(kind=str, required=True, test=only(certificates.CURVE)),
        },
        constants={"rsaBits": 2048},
        outputs=_PRIVATE | _PUBLIC,
        secret_outputs=_PRIVATE,
        create=_create_key,
        schema_version=1,
    ),
    ResourceType(
        token="tls:index/certRequest:CertRequest",
        inputs={"privateKeyPem": _KEY, "subject": _SUBJECT},
        outputs=frozenset({"certRequestPem", "keyAlgorithm"}),
        create=_create_request,
    ),
    ResourceType(
        token="tls:index/selfSignedCert:SelfSignedCert",
        inputs={"privateKeyPem": _KEY, "subject": _SUBJECT, **_CERTIFICATE},
        constants={"setAuthorityKeyId": False},
        outputs=_CERTIFICATE_OUTPUTS | {"keyAlgorithm"},
        derive=ready_from_the_start,
        due=renewal_due,
        create=_create_self_signed,
    ),
    ResourceType(
        token="tls:index/locallySignedCert:LocallySignedCert",
        inputs={
            "caCertPem": Property(kind=str, required=True, test=certificates.parse_authority),
            "caPrivateKeyPem": _KEY,
            "certRequestPem": Property(kind=str, required=True, test=certificates.parse_request),
            **_CERTIFICATE,
        },
        outputs=_CERTIFICATE_OUTPUTS | {"caKeyAlgorithm"},
        validate=_locally_signed_failures,
        derive=ready_from_the_start,
        due=renewal_due,
        create=_create_locally_signed,
    ),
)

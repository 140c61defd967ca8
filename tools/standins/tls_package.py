"""The resource types of the ``tls`` package.

Source: ``internal/provider/resource_*.go`` of hashicorp/terraform-provider-tls.
"""

from __future__ import annotations

import logging
from datetime import datetime, timezone

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tools.standins import certificates, keys
from tools.standins.renewal import ready_from_the_start, renewal_due
from tools.standins.resource import Created, ResourceType
from tools.standins.schema import Kind, Properties, Property, ProviderError, at_least, one_of
from tools.standins.tls_inputs import (
    CERTIFICATE,
    DEFAULT_CURVE,
    DEFAULT_RSA_BITS,
    KEY_PEM,
    KEY_PEM_ONCE,
    OWN_KEY,
    SWITCH,
    VERSION,
    WHO,
    locally_signed_failures,
    parse_certificate,
    parse_request,
    readable,
    request_failures,
    self_signed_failures,
    was_pem,
)

_log = logging.getLogger(__name__)
RFC_3339 = "%Y-%m-%dT%H:%M:%SZ"
_CERTIFICATE_OUTPUTS = frozenset({"certPem", "validityStartTime", "validityEndTime"})


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


def _create_key(inputs: Properties) -> Created:
    key = keys.generate(
        inputs["algorithm"],
        inputs.get("ecdsaCurve", DEFAULT_CURVE),
        inputs.get("rsaBits", DEFAULT_RSA_BITS),
    )
    outputs = keys.private_forms(key) | keys.public_forms(key)
    return Created(keys.identifier(keys.public_der(key)), outputs)


def _key(inputs: Properties, name: str) -> keys.PrivateKey:
    return keys.parse(inputs.get(name) or inputs[f"{name}Wo"])


def _names(inputs: Properties) -> list[x509.GeneralName]:
    return certificates.alternative_names(
        inputs.get("dnsNames", []), inputs.get("ipAddresses", []), inputs.get("uris", [])
    )


def _create_request(inputs: Properties) -> Created:
    key = _key(inputs, "privateKeyPem")
    subject = certificates.name(inputs.get("subject"))
    der = certificates.request(subject, _names(inputs), key)
    pem = x509.load_der_x509_csr(der).public_bytes(Encoding.PEM).decode()
    return Created(
        keys.identifier(der), {"certRequestPem": pem, "keyAlgorithm": keys.algorithm_of(key)}
    )


def _template(
    inputs: Properties, subject: x509.Name, names: list[x509.GeneralName]
) -> certificates.Template:
    limit = inputs.get("maxPathLength", -1)
    return certificates.Template(
        subject=subject,
        names=names,
        hours=inputs["validityPeriodHours"],
        uses=inputs["allowedUses"],
        is_ca=inputs.get("isCaCertificate", False),
        path_length=None if limit < 0 else limit,
        subject_key_id=inputs.get("setSubjectKeyId", False),
    )


def _created(certificate: x509.Certificate, **algorithm: str) -> Created:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return Created(
        str(certificate.serial_number),
        {
            "certPem": certificate.public_bytes(Encoding.PEM).decode(),
            "validityStartTime": start.strftime(RFC_3339),
            "validityEndTime": end.strftime(RFC_3339),
            **algorithm,
        },
    )


def _create_self_signed(inputs: Properties) -> Created:
    key = _key(inputs, "privateKeyPem")
    template = _template(inputs, certificates.name(inputs.get("subject")), _names(inputs))
    authority_key_id = inputs.get("setAuthorityKeyId", False)
    certificate = certificates.self_signed(
        template, key, authority_key_id=authority_key_id, now=_now()
    )
    return _created(certificate, keyAlgorithm=keys.algorithm_of(key))


def _create_locally_signed(inputs: Properties) -> Created:
    ca, ca_key = parse_certificate(inputs["caCertPem"]), _key(inputs, "caPrivateKeyPem")
    if not certificates.is_authority(ca):
        _log.warning("caCertPem is not a certificate authority: what it signs may be refused")
    asked = parse_request(inputs["certRequestPem"])
    public = asked.public_key()
    if not isinstance(public, keys.PublicKey):
        raise ProviderError(f"certRequestPem: its key is none of {', '.join(keys.ALGORITHMS)}")
    template = _template(inputs, asked.subject, _asked_names(asked))
    certificate = certificates.signed_by(template, public, ca, ca_key, now=_now())
    return _created(certificate, caKeyAlgorithm=keys.algorithm_of(ca_key))


def _asked_names(asked: x509.CertificateSigningRequest) -> list[x509.GeneralName]:
    """DNS names, IP addresses and URIs of a request; the official plugin takes no others over."""
    try:
        found = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    kinds = (x509.DNSName, x509.IPAddress, x509.UniformResourceIdentifier)
    return [one for kind in kinds for one in found if isinstance(one, kind)]


RESOURCES = (
    ResourceType(
        token="tls:index/privateKey:PrivateKey",
        inputs={
            "algorithm": Property(kind=Kind.STRING, required=True, test=one_of(keys.ALGORITHMS)),
            "ecdsaCurve": Property(
                kind=Kind.STRING, default=DEFAULT_CURVE, test=one_of(keys.CURVES)
            ),
            "rsaBits": Property(
                kind=Kind.INTEGER, default=DEFAULT_RSA_BITS, test=at_least(keys.RSA_MINIMUM_BITS)
            ),
        },
        outputs=frozenset(
            {
                "privateKeyPem",
                "privateKeyPemPkcs8",
                "privateKeyOpenssh",
                "publicKeyPem",
                "publicKeyOpenssh",
                "publicKeyFingerprintMd5",
                "publicKeyFingerprintSha256",
            }
        ),
        secret_outputs=frozenset({"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"}),
        create=_create_key,
        schema_version=1,
    ),
    ResourceType(
        token="tls:index/certRequest:CertRequest",
        inputs={**OWN_KEY, **WHO},
        outputs=frozenset({"certRequestPem", "keyAlgorithm"}),
        validate=request_failures,
        create=_create_request,
    ),
    ResourceType(
        token="tls:index/selfSignedCert:SelfSignedCert",
        inputs={**OWN_KEY, **WHO, **CERTIFICATE, "setAuthorityKeyId": SWITCH},
        outputs=_CERTIFICATE_OUTPUTS | {"keyAlgorithm"},
        validate=self_signed_failures,
        derive=ready_from_the_start,
        due=renewal_due,
        create=_create_self_signed,
    ),
    ResourceType(
        token="tls:index/locallySignedCert:LocallySignedCert",
        inputs={
            "caCertPem": Property(
                kind=Kind.STRING,
                required=True,
                test=readable(parse_certificate),
                replaces=was_pem,
            ),
            "caPrivateKeyPem": KEY_PEM,
            "caPrivateKeyPemWo": KEY_PEM_ONCE,
            "caPrivateKeyPemWoVersion": VERSION,
            "certRequestPem": Property(
                kind=Kind.STRING, required=True, test=readable(parse_request), replaces=was_pem
            ),
            **CERTIFICATE,
        },
        outputs=_CERTIFICATE_OUTPUTS | {"caKeyAlgorithm"},
        validate=locally_signed_failures,
        derive=ready_from_the_start,
        due=renewal_due,
        create=_create_locally_signed,
    ),
)

"""What the stand-in for ``tls`` makes, read back with ``cryptography``."""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
)
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.unit.standins.client import Plugin, State, secret
from tools.standins.certificates import EXTENDED_KEY_USAGES, KEY_USAGES

KEY = "tls:index/privateKey:PrivateKey"
REQUEST = "tls:index/certRequest:CertRequest"
SELF_SIGNED = "tls:index/selfSignedCert:SelfSignedCert"
SIGNED = "tls:index/locallySignedCert:LocallySignedCert"
CA = {"isCaCertificate": True, "allowedUses": ["cert_signing", "crl_signing"]}


def key_of(plugin: Plugin, algorithm: str = "ECDSA", **inputs: Any) -> str:
    curve = {"ecdsaCurve": "P256"} if algorithm == "ECDSA" else {}
    pem = plugin.create(KEY, {"algorithm": algorithm, **curve, **inputs}).values["privateKeyPem"]
    assert isinstance(pem, str)
    return pem


def certificate(state: State) -> x509.Certificate:
    return x509.load_pem_x509_certificate(state.values["certPem"].encode())


def extension(cert: x509.Certificate, kind: type[Any]) -> x509.Extension[Any]:
    return cert.extensions.get_extension_for_class(kind)


def root(plugin: Plugin, pem: str, **inputs: Any) -> State:
    return plugin.create(
        SELF_SIGNED,
        {
            "privateKeyPem": secret(pem),
            "subject": {"commonName": "root.linkerd.cluster.local"},
            "validityPeriodHours": 8760,
            **CA,
            **inputs,
        },
    )


def signed(plugin: Plugin, ca: State, ca_pem: str, request: State, **inputs: Any) -> State:
    return plugin.create(
        SIGNED,
        {
            "caCertPem": ca.values["certPem"],
            "caPrivateKeyPem": secret(ca_pem),
            "certRequestPem": request.values["certRequestPem"],
            "validityPeriodHours": 48,
            "allowedUses": ["digital_signature", "server_auth"],
            **inputs,
        },
    )


def request_for(plugin: Plugin, pem: str, name: str, **inputs: Any) -> State:
    return plugin.create(
        REQUEST, {"privateKeyPem": secret(pem), "subject": {"commonName": name}, **inputs}
    )


@pytest.mark.parametrize(
    ("inputs", "preamble", "kind", "size"),
    [
        ({"algorithm": "ECDSA"}, "EC PRIVATE KEY", ec.EllipticCurvePrivateKey, 224),
        (
            {"algorithm": "ECDSA", "ecdsaCurve": "P256"},
            "EC PRIVATE KEY",
            ec.EllipticCurvePrivateKey,
            256,
        ),
        (
            {"algorithm": "ECDSA", "ecdsaCurve": "P384"},
            "EC PRIVATE KEY",
            ec.EllipticCurvePrivateKey,
            384,
        ),
        (
            {"algorithm": "ECDSA", "ecdsaCurve": "P521"},
            "EC PRIVATE KEY",
            ec.EllipticCurvePrivateKey,
            521,
        ),
        ({"algorithm": "RSA"}, "RSA PRIVATE KEY", rsa.RSAPrivateKey, 2048),
        ({"algorithm": "RSA", "rsaBits": 1024}, "RSA PRIVATE KEY", rsa.RSAPrivateKey, 1024),
        ({"algorithm": "ED25519"}, "PRIVATE KEY", ed25519.Ed25519PrivateKey, None),
    ],
)
def test_keys_in_all_their_forms(
    tls_plugin: Plugin, inputs: dict[str, Any], preamble: str, kind: type, size: int | None
) -> None:
    state = tls_plugin.create(KEY, inputs)
    values = state.values
    assert values["privateKeyPem"].startswith(f"-----BEGIN {preamble}-----\n")
    assert values["privateKeyPem"].endswith(f"-----END {preamble}-----\n")
    assert values["privateKeyPemPkcs8"].startswith("-----BEGIN PRIVATE KEY-----\n")
    key = load_pem_private_key(values["privateKeyPem"].encode(), None)
    assert isinstance(key, kind)
    assert getattr(key, "key_size", None) == size
    public = key.public_key()
    assert load_pem_private_key(values["privateKeyPemPkcs8"].encode(), None).public_key() == public
    assert load_pem_public_key(values["publicKeyPem"].encode()) == public
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert state.id == hashlib.sha1(der.strip()).hexdigest()
    assert values["ecdsaCurve"] == inputs.get("ecdsaCurve", "P224")
    assert values["rsaBits"] == inputs.get("rsaBits", 2048)
    assert values["__meta"] == '{"schema_version":"1"}'


@pytest.mark.parametrize("algorithm", ["ECDSA", "RSA", "ED25519"])
def test_openssh_forms(tls_plugin: Plugin, algorithm: str) -> None:
    curve = {"ecdsaCurve": "P256"} if algorithm == "ECDSA" else {}
    values = tls_plugin.create(KEY, {"algorithm": algorithm, **curve}).values
    private = load_ssh_private_key(values["privateKeyOpenssh"].encode(), None)
    assert load_ssh_public_key(values["publicKeyOpenssh"].encode()) == private.public_key()
    assert values["publicKeyOpenssh"].endswith("\n")
    assert len(values["publicKeyOpenssh"].split()) == 2  # no comment
    blob = base64.b64decode(values["publicKeyOpenssh"].split()[1])
    md5 = hashlib.md5(blob).hexdigest()
    assert values["publicKeyFingerprintMd5"].replace(":", "") == md5
    assert re.fullmatch(r"([0-9a-f]{2}:){15}[0-9a-f]{2}", values["publicKeyFingerprintMd5"])
    sha256 = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    assert values["publicKeyFingerprintSha256"] == f"SHA256:{sha256}"


def test_p224_has_no_openssh_form(tls_plugin: Plugin) -> None:
    values = tls_plugin.create(KEY, {"algorithm": "ECDSA"}).values
    for name in (
        "privateKeyOpenssh",
        "publicKeyOpenssh",
        "publicKeyFingerprintMd5",
        "publicKeyFingerprintSha256",
    ):
        assert values[name] == ""


def test_a_chain_of_three_validates(tls_plugin: Plugin) -> None:
    """Root, issuer and leaf pass the path validation of ``cryptography``, as Linkerd's would."""
    root_pem, issuer_pem, leaf_pem = (key_of(tls_plugin) for _ in range(3))
    anchor = root(tls_plugin, root_pem)
    issuer_request = request_for(tls_plugin, issuer_pem, "identity.linkerd.cluster.local")
    issuer = signed(tls_plugin, anchor, root_pem, issuer_request, **CA, maxPathLength=0)
    leaf_request = request_for(tls_plugin, leaf_pem, "leaf", dnsNames=["web.apps.example"])
    leaf = signed(tls_plugin, issuer, issuer_pem, leaf_request)
    store = verification.Store([certificate(anchor)])
    verifier = (
        verification.PolicyBuilder()
        .store(store)
        .build_server_verifier(x509.DNSName("web.apps.example"))
    )
    chain = verifier.verify(certificate(leaf), [certificate(issuer)])
    assert chain == [certificate(leaf), certificate(issuer), certificate(anchor)]
    with pytest.raises(verification.VerificationError):
        verifier.verify(certificate(leaf), [])


def test_a_root_says_what_the_official_plugin_makes_it_say(tls_plugin: Plugin) -> None:
    pem = key_of(tls_plugin)
    before = datetime.now(timezone.utc).replace(microsecond=0)
    state = root(tls_plugin, pem)
    cert = certificate(state)
    key = load_pem_private_key(pem.encode(), None)
    assert cert.public_key() == key.public_key()
    assert cert.version is x509.Version.v3
    assert str(cert.serial_number) == state.id
    assert cert.serial_number.bit_length() > 64
    assert cert.subject == cert.issuer
    assert isinstance(cert.signature_hash_algorithm, hashes.SHA256)
    basic = extension(cert, x509.BasicConstraints)
    assert (basic.value.ca, basic.value.path_length, basic.critical) == (True, None, True)
    usage = extension(cert, x509.KeyUsage)
    assert usage.critical
    assert usage.value.key_cert_sign
    assert usage.value.crl_sign
    assert not usage.value.digital_signature
    own_id = extension(cert, x509.SubjectKeyIdentifier)
    assert own_id.value == x509.SubjectKeyIdentifier.from_public_key(cert.public_key())
    assert {one.oid for one in cert.extensions} == {basic.oid, usage.oid, own_id.oid}
    start, end = cert.not_valid_before_utc, cert.not_valid_after_utc
    assert before <= start <= datetime.now(timezone.utc)
    assert end - start == timedelta(hours=8760)
    assert state.values["validityStartTime"] == start.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert state.values["validityEndTime"] == end.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert state.values["keyAlgorithm"] == "ECDSA"
    assert state.values["readyForRenewal"] is False
    assert state.values["earlyRenewalHours"] == 0
    assert "maxPathLength" not in state.values


def test_serial_numbers_differ(tls_plugin: Plugin) -> None:
    pem = key_of(tls_plugin)
    assert root(tls_plugin, pem).id != root(tls_plugin, pem).id


@pytest.mark.parametrize(
    ("inputs", "subject_id", "authority_id"),
    [
        ({}, False, False),
        ({"setSubjectKeyId": True}, True, False),
        ({"setSubjectKeyId": True, "setAuthorityKeyId": True}, True, True),
        ({**CA, "setAuthorityKeyId": True}, True, True),
    ],
)
def test_key_identifiers_of_a_self_signed_certificate(
    tls_plugin: Plugin, inputs: dict[str, Any], subject_id: bool, authority_id: bool
) -> None:
    no_ca = {"isCaCertificate": False, "allowedUses": []}
    cert = certificate(root(tls_plugin, key_of(tls_plugin), **{**no_ca, **inputs}))
    kinds = {type(one.value) for one in cert.extensions}
    assert (x509.SubjectKeyIdentifier in kinds) is subject_id
    assert (x509.AuthorityKeyIdentifier in kinds) is authority_id
    if authority_id:
        named = extension(cert, x509.AuthorityKeyIdentifier).value.key_identifier
        assert named == extension(cert, x509.SubjectKeyIdentifier).value.digest


def test_the_key_identifier_of_ed25519_is_that_of_the_octet_string(tls_plugin: Plugin) -> None:
    cert = certificate(root(tls_plugin, key_of(tls_plugin, "ED25519")))
    raw = cert.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    expected = hashlib.sha1(b"\x04\x20" + raw).digest()
    assert extension(cert, x509.SubjectKeyIdentifier).value.digest == expected
    assert cert.signature_hash_algorithm is None


def test_a_signed_certificate_names_its_issuer(tls_plugin: Plugin) -> None:
    root_pem, pem = key_of(tls_plugin, "RSA"), key_of(tls_plugin, ecdsaCurve="P384")
    anchor = root(tls_plugin, root_pem)
    state = signed(tls_plugin, anchor, root_pem, request_for(tls_plugin, pem, "leaf"))
    cert = certificate(state)
    cert.verify_directly_issued_by(certificate(anchor))
    authority = extension(cert, x509.AuthorityKeyIdentifier).value.key_identifier
    assert authority == extension(certificate(anchor), x509.SubjectKeyIdentifier).value.digest
    basic = extension(cert, x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (False, None)
    public = cert.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp384r1"
    assert x509.SubjectKeyIdentifier not in {type(one.value) for one in cert.extensions}
    assert state.values["caKeyAlgorithm"] == "RSA"
    assert cert.not_valid_after_utc - cert.not_valid_before_utc == timedelta(hours=48)


@pytest.mark.parametrize(
    ("limit", "is_ca", "stated"),
    [(-1, True, None), (0, True, None), (2, True, 2), (2, False, None)],
)
def test_path_lengths(tls_plugin: Plugin, limit: int, is_ca: bool, stated: int | None) -> None:
    state = root(tls_plugin, key_of(tls_plugin), maxPathLength=limit, isCaCertificate=is_ca)
    assert extension(certificate(state), x509.BasicConstraints).value.path_length == stated
    assert state.values["maxPathLength"] == limit


@pytest.mark.parametrize(
    ("curve", "digest"), [("P224", 32), ("P256", 32), ("P384", 48), ("P521", 64)]
)
def test_the_digest_fits_the_curve(tls_plugin: Plugin, curve: str, digest: int) -> None:
    cert = certificate(root(tls_plugin, key_of(tls_plugin, ecdsaCurve=curve)))
    assert cert.signature_hash_algorithm
    assert cert.signature_hash_algorithm.digest_size == digest


def test_every_key_usage_has_its_bit(tls_plugin: Plugin) -> None:
    pem = key_of(tls_plugin)
    for use, flag in KEY_USAGES.items():
        agreement = {"key_agreement"} if use in {"encipher_only", "decipher_only"} else set()
        uses = [use, *agreement]
        usage = extension(certificate(root(tls_plugin, pem, allowedUses=uses)), x509.KeyUsage)
        decipher = {"encipher_only", "decipher_only"} if usage.value.key_agreement else set()
        flags = set(KEY_USAGES.values()) - {"encipher_only", "decipher_only"} | decipher
        assert {one for one in flags if getattr(usage.value, one)} == {flag, *agreement}


def test_extended_key_usages_keep_their_order(tls_plugin: Plugin) -> None:
    uses = sorted(EXTENDED_KEY_USAGES, reverse=True)
    cert = certificate(root(tls_plugin, key_of(tls_plugin), allowedUses=uses))
    found = extension(cert, x509.ExtendedKeyUsage)
    assert list(found.value) == [EXTENDED_KEY_USAGES[use] for use in uses]
    assert not found.critical
    assert ExtendedKeyUsageOID.CLIENT_AUTH in list(found.value)
    assert x509.KeyUsage not in {type(one.value) for one in cert.extensions}


def test_a_subject_with_every_field(tls_plugin: Plugin) -> None:
    subject = {
        "commonName": "cn",
        "country": "CH",
        "emailAddress": "a@b.example",
        "locality": "l",
        "organization": "o",
        "organizationalUnit": "ou",
        "postalCode": "pc",
        "province": "st",
        "serialNumber": "sn",
        "streetAddresses": ["one", "two"],
    }
    state = root(tls_plugin, key_of(tls_plugin), subject=subject)
    names = [(one.oid, one.value) for one in certificate(state).subject]
    assert names == [
        (NameOID.COUNTRY_NAME, "CH"),
        (NameOID.STATE_OR_PROVINCE_NAME, "st"),
        (NameOID.LOCALITY_NAME, "l"),
        (NameOID.STREET_ADDRESS, "one"),
        (NameOID.STREET_ADDRESS, "two"),
        (NameOID.POSTAL_CODE, "pc"),
        (NameOID.ORGANIZATION_NAME, "o"),
        (NameOID.ORGANIZATIONAL_UNIT_NAME, "ou"),
        (NameOID.COMMON_NAME, "cn"),
        (NameOID.SERIAL_NUMBER, "sn"),
        (NameOID.EMAIL_ADDRESS, "a@b.example"),
    ]
    assert state.values["subject"] == subject


def test_a_request_carries_its_names_into_the_certificate(tls_plugin: Plugin) -> None:
    root_pem, pem = key_of(tls_plugin), key_of(tls_plugin)
    request = tls_plugin.create(
        REQUEST,
        {
            "privateKeyPem": secret(pem),
            "uris": ["spiffe://trust/ns/sa"],
            "ipAddresses": ["127.0.0.1", "::1"],
            "dnsNames": ["a.example", "*.b.example"],
        },
    )
    parsed = x509.load_pem_x509_csr(request.values["certRequestPem"].encode())
    assert parsed.is_signature_valid
    assert not list(parsed.subject)
    der = parsed.public_bytes(Encoding.DER)
    assert request.id == hashlib.sha1(der.strip()).hexdigest()
    assert request.values["keyAlgorithm"] == "ECDSA"
    cert = certificate(signed(tls_plugin, root(tls_plugin, root_pem), root_pem, request))
    names = extension(cert, x509.SubjectAlternativeName)
    assert names.critical  # RFC 5280, 4.2.1.6: the subject is empty
    assert list(names.value) == [
        x509.DNSName("a.example"),
        x509.DNSName("*.b.example"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        x509.IPAddress(ipaddress.ip_address("::1")),
        x509.UniformResourceIdentifier("spiffe://trust/ns/sa"),
    ]


def test_a_write_only_key_signs_and_is_not_kept(tls_plugin: Plugin) -> None:
    pem = key_of(tls_plugin)
    inputs = {
        "privateKeyPemWo": secret(pem),
        "privateKeyPemWoVersion": 1,
        "subject": {"commonName": "root"},
        "validityPeriodHours": 1,
        **CA,
    }
    state = tls_plugin.create(SELF_SIGNED, inputs)
    key = load_pem_private_key(pem.encode(), None)
    assert certificate(state).public_key() == key.public_key()
    assert "privateKeyPemWo" not in state.values
    assert pem not in str(state.raw)
    other = {**inputs, "privateKeyPemWo": secret(key_of(tls_plugin))}
    assert not tls_plugin.diff(SELF_SIGNED, state, other).detailedDiff
    answer = tls_plugin.diff(SELF_SIGNED, state, {**other, "privateKeyPemWoVersion": 2})
    assert list(answer.replaces) == ["privateKeyPemWoVersion"]

"""What the stand-in for ``tls`` makes, read back with ``cryptography``."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
    load_ssh_private_key,
    load_ssh_public_key,
)
from cryptography.x509 import verification
from cryptography.x509.oid import NameOID

from tests.unit.standins.client import Plugin
from tests.unit.standins.tls_inputs import (
    KEY,
    P256,
    certificate,
    extension,
    key_of,
    request_for,
    root,
    signed,
)


def test_a_key_in_all_its_forms(tls_plugin: Plugin) -> None:
    state = tls_plugin.create(KEY, P256)
    values = state.values
    assert values["privateKeyPem"].startswith("-----BEGIN EC PRIVATE KEY-----\n")
    assert values["privateKeyPem"].endswith("-----END EC PRIVATE KEY-----\n")
    assert values["privateKeyPemPkcs8"].startswith("-----BEGIN PRIVATE KEY-----\n")
    key = load_pem_private_key(values["privateKeyPem"].encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.key_size == 256
    public = key.public_key()
    assert load_pem_private_key(values["privateKeyPemPkcs8"].encode(), None).public_key() == public
    assert load_pem_public_key(values["publicKeyPem"].encode()) == public
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert state.id == hashlib.sha1(der.strip()).hexdigest()
    assert values["rsaBits"] == 2048
    assert values["__meta"] == '{"schema_version":"1"}'


def test_openssh_forms(tls_plugin: Plugin) -> None:
    values = tls_plugin.create(KEY, P256).values
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


def test_a_root_holds_what_the_official_plugin_puts_into_it(tls_plugin: Plugin) -> None:
    pem = key_of(tls_plugin)
    before = datetime.now(UTC).replace(microsecond=0)
    state = root(tls_plugin, pem)
    cert = certificate(state)
    key = load_pem_private_key(pem.encode(), None)
    assert cert.public_key() == key.public_key()
    assert cert.version is x509.Version.v3
    assert str(cert.serial_number) == state.id
    assert cert.serial_number.bit_length() > 64
    assert cert.subject == cert.issuer
    assert [(one.oid, one.value) for one in cert.subject] == [
        (NameOID.COMMON_NAME, "root.linkerd.cluster.local")
    ]
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
    assert not own_id.critical
    assert [one.oid for one in cert.extensions] == [usage.oid, basic.oid, own_id.oid]
    start, end = cert.not_valid_before_utc, cert.not_valid_after_utc
    assert before <= start <= datetime.now(UTC)
    assert end - start == timedelta(hours=8760)
    assert state.values["validityStartTime"] == start.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert state.values["validityEndTime"] == end.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert state.values["keyAlgorithm"] == "ECDSA"
    assert state.values["readyForRenewal"] is False
    assert state.values["earlyRenewalHours"] == 0
    assert state.values["setSubjectKeyId"] is state.values["setAuthorityKeyId"] is False
    assert "maxPathLength" not in state.values


def test_serial_numbers_differ(tls_plugin: Plugin) -> None:
    pem = key_of(tls_plugin)
    assert root(tls_plugin, pem).id != root(tls_plugin, pem).id


@pytest.mark.parametrize("uses", [["crl_signing"], ["cert_signing"], []])
def test_key_usages_are_those_that_are_allowed(tls_plugin: Plugin, uses: list[str]) -> None:
    cert = certificate(root(tls_plugin, key_of(tls_plugin), allowedUses=uses))
    if not uses:
        assert x509.KeyUsage not in {type(one.value) for one in cert.extensions}
        return
    usage = extension(cert, x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.crl_sign) == ("cert_signing" in uses, "crl_signing" in uses)


def test_the_identifier_of_an_authority_is_set_in_any_case(tls_plugin: Plugin) -> None:
    pem = key_of(tls_plugin)
    for setting in (True, False):
        state = root(tls_plugin, pem, setSubjectKeyId=setting)
        assert extension(certificate(state), x509.SubjectKeyIdentifier)
        assert state.values["setSubjectKeyId"] is setting


def test_a_request_holds_the_name_and_the_key(tls_plugin: Plugin) -> None:
    pem = key_of(tls_plugin)
    state = request_for(tls_plugin, pem, "identity.linkerd.cluster.local")
    parsed = x509.load_pem_x509_csr(state.values["certRequestPem"].encode())
    assert parsed.is_signature_valid
    assert parsed.public_key() == load_pem_private_key(pem.encode(), None).public_key()
    assert [one.value for one in parsed.subject] == ["identity.linkerd.cluster.local"]
    assert not len(parsed.extensions)
    assert state.id == hashlib.sha1(parsed.public_bytes(Encoding.DER).strip()).hexdigest()
    assert state.values["keyAlgorithm"] == "ECDSA"


def test_a_signed_certificate_names_its_issuer(tls_plugin: Plugin) -> None:
    root_pem, pem = key_of(tls_plugin), key_of(tls_plugin)
    anchor = root(tls_plugin, root_pem)
    request = request_for(tls_plugin, pem, "identity.linkerd.cluster.local")
    state = signed(tls_plugin, anchor, root_pem, request, setSubjectKeyId=True)
    cert = certificate(state)
    cert.verify_directly_issued_by(certificate(anchor))
    assert cert.public_key() == load_pem_private_key(pem.encode(), None).public_key()
    assert [one.value for one in cert.subject] == ["identity.linkerd.cluster.local"]
    authority = extension(cert, x509.AuthorityKeyIdentifier)
    issuer_id = extension(certificate(anchor), x509.SubjectKeyIdentifier).value.digest
    assert (authority.value.key_identifier, authority.critical) == (issuer_id, False)
    basic = extension(cert, x509.BasicConstraints).value
    assert (basic.ca, basic.path_length) == (True, None)
    own_id = extension(cert, x509.SubjectKeyIdentifier).value
    assert own_id == x509.SubjectKeyIdentifier.from_public_key(cert.public_key())
    assert state.values["caKeyAlgorithm"] == "ECDSA"
    assert cert.not_valid_after_utc - cert.not_valid_before_utc == timedelta(hours=48)


def test_a_leaf_of_the_issuer_passes_path_validation(tls_plugin: Plugin) -> None:
    """As Linkerd's proxies validate it: leaf, issuer, trust anchor."""
    root_pem, issuer_pem = key_of(tls_plugin), key_of(tls_plugin)
    anchor = root(tls_plugin, root_pem)
    issuer = signed(tls_plugin, anchor, root_pem, request_for(tls_plugin, issuer_pem, "issuer"))
    issuer_key = load_pem_private_key(issuer_pem.encode(), None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    name = x509.DNSName("web.apps.example")
    now = datetime.now(UTC)
    leaf = (
        x509.CertificateBuilder(issuer_name=certificate(issuer).subject)
        .subject_name(x509.Name([]))
        .public_key(issuer_key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(hours=24))
        .add_extension(x509.SubjectAlternativeName([name]), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
        )
        .sign(issuer_key, hashes.SHA256())
    )
    store = verification.Store([certificate(anchor)])
    verifier = verification.PolicyBuilder().store(store).build_server_verifier(name)
    chain = verifier.verify(leaf, [certificate(issuer)])
    assert chain == [leaf, certificate(issuer), certificate(anchor)]
    with pytest.raises(verification.VerificationError):
        verifier.verify(leaf, [])


def test_an_issuer_with_the_name_of_its_authority_names_no_authority_key(
    tls_plugin: Plugin,
) -> None:
    pem = key_of(tls_plugin)
    anchor = root(tls_plugin, pem)
    request = request_for(tls_plugin, pem, "root.linkerd.cluster.local")
    cert = certificate(signed(tls_plugin, anchor, pem, request))
    assert x509.AuthorityKeyIdentifier not in {type(one.value) for one in cert.extensions}

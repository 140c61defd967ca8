"""When the stand-in for ``tls`` replaces or renews, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pulumi.runtime import rpc

from tests.unit.standins.client import DIFF, Plugin, State, read, secret, struct
from tests.unit.standins.tls_inputs import (
    CA,
    KEY,
    P256,
    REQUEST,
    SELF_SIGNED,
    SIGNED,
    key_of,
    request_for,
    root,
)

Inputs = dict[str, Any]
KIND = DIFF.DetailedDiffEntry().value.__class__


@pytest.fixture(scope="module")
def pem(tls_plugin: Plugin) -> str:
    return key_of(tls_plugin)


@pytest.fixture(scope="module")
def anchor(tls_plugin: Plugin, pem: str) -> State:
    return root(tls_plugin, pem)


@pytest.fixture(scope="module")
def self_signed(pem: str) -> Inputs:
    return {
        "privateKeyPem": secret(pem),
        "subject": {"commonName": "root"},
        "validityPeriodHours": 24,
        **CA,
    }


@pytest.fixture(scope="module")
def locally_signed(tls_plugin: Plugin, anchor: State, pem: str) -> Inputs:
    return {
        "caCertPem": anchor.values["certPem"],
        "caPrivateKeyPem": secret(pem),
        "certRequestPem": request_for(tls_plugin, pem, "leaf").values["certRequestPem"],
        "validityPeriodHours": 24,
        **CA,
    }


@pytest.fixture(scope="module")
def right(pem: str, self_signed: Inputs, locally_signed: Inputs) -> dict[str, Inputs]:
    """Inputs of each type that pass the check."""
    return {
        KEY: P256,
        REQUEST: {"privateKeyPem": secret(pem), "subject": {"commonName": "leaf"}},
        SELF_SIGNED: self_signed,
        SIGNED: locally_signed,
    }


def ending(state: State, end: datetime) -> State:
    """The same state, as if the certificate ended at another time."""
    changed = struct({})
    changed.CopyFrom(state.raw)
    changed["validityEndTime"] = end.isoformat()
    return read(changed, state.id)


def in_minutes(minutes: int) -> datetime:
    return datetime.now(UTC) + timedelta(minutes=minutes)


@pytest.mark.parametrize("token", [KEY, REQUEST, SELF_SIGNED, SIGNED])
def test_the_same_inputs_change_nothing(
    tls_plugin: Plugin, token: str, right: dict[str, Inputs]
) -> None:
    inputs = right[token]
    state = tls_plugin.create(token, inputs)
    answer = tls_plugin.diff(token, state, inputs)
    assert answer.changes == DIFF.DIFF_NONE
    assert not answer.detailedDiff
    refreshed, read_inputs = tls_plugin.refresh(token, state, inputs)
    assert refreshed.values == state.values
    assert refreshed.secrets == state.secrets
    assert set(read_inputs.values) == set(inputs)


@pytest.mark.parametrize(
    "change",
    [
        {"validityPeriodHours": 25},
        {"allowedUses": ["crl_signing", "cert_signing"]},
        {"isCaCertificate": False},
        {"setSubjectKeyId": True},
        {"subject": {"commonName": "other"}},
        {"subject": {"commonName": rpc.UNKNOWN}},
        {"privateKeyPem": secret(rpc.UNKNOWN)},
    ],
)
def test_what_replaces_a_self_signed_certificate(
    tls_plugin: Plugin, self_signed: Inputs, change: Inputs
) -> None:
    state = tls_plugin.create(SELF_SIGNED, self_signed)
    answer = tls_plugin.diff(SELF_SIGNED, state, {**self_signed, **change})
    assert answer.changes == DIFF.DIFF_SOME
    assert list(answer.replaces) == list(answer.diffs) == list(change)


@pytest.mark.parametrize("change", ["caCertPem", "caPrivateKeyPem", "certRequestPem"])
def test_a_new_authority_or_request_replaces(
    tls_plugin: Plugin, locally_signed: Inputs, change: str
) -> None:
    state = tls_plugin.create(SIGNED, locally_signed)
    for value in (rpc.UNKNOWN, secret(rpc.UNKNOWN), "-----BEGIN OTHER-----\n"):
        answer = tls_plugin.diff(SIGNED, state, {**locally_signed, change: value})
        assert list(answer.replaces) == [change]


@pytest.mark.parametrize("change", [{"algorithm": "RSA"}, {"ecdsaCurve": "P384"}])
def test_what_replaces_a_key(tls_plugin: Plugin, change: Inputs) -> None:
    state = tls_plugin.create(KEY, P256)
    answer = tls_plugin.diff(KEY, state, {**P256, **change})
    assert list(answer.replaces) == list(change)
    assert answer.detailedDiff[next(iter(change))].kind == KIND.UPDATE_REPLACE


def test_a_state_with_an_unsupported_setting_is_replaced(tls_plugin: Plugin) -> None:
    """The official plugin wrote it; the program no longer sets it."""
    state = tls_plugin.create(KEY, P256)
    state.raw["rsaBits"] = 4096
    assert list(tls_plugin.diff(KEY, state, P256).replaces) == ["rsaBits"]


def test_the_early_renewal_changes_in_place(tls_plugin: Plugin, self_signed: Inputs) -> None:
    state = tls_plugin.create(SELF_SIGNED, self_signed)
    inputs = {**self_signed, "earlyRenewalHours": 2}
    answer = tls_plugin.diff(SELF_SIGNED, state, inputs)
    assert answer.changes == DIFF.DIFF_SOME
    assert not answer.replaces
    assert answer.detailedDiff["earlyRenewalHours"].kind == KIND.UPDATE
    updated = tls_plugin.update(SELF_SIGNED, state, inputs)
    assert updated.values == {**state.values, "earlyRenewalHours": 2}
    assert updated.secrets == state.secrets
    assert tls_plugin.diff(SELF_SIGNED, updated, inputs).changes == DIFF.DIFF_NONE


@pytest.mark.parametrize("token", [SELF_SIGNED, SIGNED])
@pytest.mark.parametrize(
    ("minutes_left", "early_hours", "due"),
    [(30, 0, False), (-1, 0, True), (90, 1, False), (59, 1, True), (-600, 1, True)],
)
def test_a_certificate_is_replaced_when_its_early_renewal_begins(
    tls_plugin: Plugin,
    token: str,
    self_signed: Inputs,
    locally_signed: Inputs,
    minutes_left: int,
    early_hours: int,
    due: bool,
) -> None:
    inputs = {SELF_SIGNED: self_signed, SIGNED: locally_signed}[token]
    inputs = {**inputs, "earlyRenewalHours": early_hours}
    state = ending(tls_plugin.create(token, inputs), in_minutes(minutes_left))
    answer = tls_plugin.diff(token, state, inputs)
    assert list(answer.replaces) == (["readyForRenewal"] if due else [])
    assert answer.changes == (DIFF.DIFF_SOME if due else DIFF.DIFF_NONE)
    refreshed, _ = tls_plugin.refresh(token, state, inputs)
    assert refreshed.values["readyForRenewal"] is due
    again = tls_plugin.diff(token, refreshed, inputs)
    assert list(again.replaces) == list(answer.replaces)


@pytest.mark.parametrize(("hours", "early"), [(0, 0), (1, 1), (1, 5)])
def test_an_early_renewal_as_long_as_the_life_is_due_at_once(
    tls_plugin: Plugin, self_signed: Inputs, hours: int, early: int
) -> None:
    inputs = {**self_signed, "validityPeriodHours": hours, "earlyRenewalHours": early}
    state = tls_plugin.create(SELF_SIGNED, inputs)
    assert state.values["readyForRenewal"] is True
    assert list(tls_plugin.diff(SELF_SIGNED, state, inputs).replaces) == ["readyForRenewal"]


def test_times_of_the_official_plugin_are_read(tls_plugin: Plugin, self_signed: Inputs) -> None:
    state = tls_plugin.create(SELF_SIGNED, self_signed)
    for text, due in (
        ("2001-02-03T04:05:06.123456789+02:00", True),
        ("2201-02-03T04:05:06Z", False),
        ("2201-02-03T04:05:06.5-08:00", False),
    ):
        changed = struct({})
        changed.CopyFrom(state.raw)
        changed["validityEndTime"] = text
        answer = tls_plugin.diff(SELF_SIGNED, read(changed), self_signed)
        assert bool(answer.replaces) is due


def foreign_key(kind: str) -> str:
    """The PEM of a key that the stand-in does not support."""
    key = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if kind == "RSA"
        else ec.generate_private_key(ec.SECP384R1())
    )
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def foreign_request(subject: list[x509.NameAttribute[str]], *names: x509.GeneralName) -> str:
    """The PEM of a request of a supported key."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name(subject))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    request = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return request.public_bytes(Encoding.PEM).decode()


PRIVATE = "privateKeyPem: it must be a PEM private key without a passphrase"
CUT_OFF = "-----BEGIN PRIVATE KEY-----\naa\n"


@pytest.mark.parametrize(
    ("token", "name", "value", "failure"),
    [
        (KEY, "algorithm", None, "algorithm: is missing; it must be a string"),
        (KEY, "ecdsaCurve", None, "ecdsaCurve: is missing; it must be a string"),
        (REQUEST, "subject", None, "subject: is missing; it must be an object"),
        (REQUEST, "subject", {"commonName": 1}, "subject.commonName: is 1; it must be a string"),
        (REQUEST, "subject", {}, "subject.commonName: is missing; it must be a string"),
        (REQUEST, "subject", {"commonName": "x" * 65}, "; it must have 1 to 64 characters"),
        (REQUEST, "privateKeyPem", None, "privateKeyPem: is missing; it must be a string"),
        (REQUEST, "privateKeyPem", "hunter2", PRIVATE),
        (REQUEST, "privateKeyPem", "-----BEGIN CERTIFICATE-----", PRIVATE),
        (REQUEST, "privateKeyPem", CUT_OFF, PRIVATE),
        (SELF_SIGNED, "allowedUses", None, "is missing; it must be a list of strings"),
        (SELF_SIGNED, "allowedUses", "x", "allowedUses: is 'x'; it must be a list of strings"),
        (SELF_SIGNED, "isCaCertificate", None, "is missing; it must be true or false"),
        (SELF_SIGNED, "validityPeriodHours", -1, "is -1; it must be from 0 to 2562047"),
        (SELF_SIGNED, "earlyRenewalHours", -1, "is -1; it must be at least 0"),
        (SIGNED, "caCertPem", "x" * 100, "be the PEM 'CERTIFICATE' of a certificate authority"),
        (SIGNED, "certRequestPem", "x", "is 'x'; it must be a PEM 'CERTIFICATE REQUEST'"),
        (SIGNED, "certRequestPem", foreign_request([]), "its subject must hold a name"),
    ],
)
def test_wrong_inputs_are_named_with_a_reason(
    tls_plugin: Plugin, right: dict[str, Inputs], token: str, name: str, value: Any, failure: str
) -> None:
    assert not tls_plugin.check(token, right[token])[1]
    found = wrong(tls_plugin, token, {**right[token], name: value})
    assert found.startswith(name)
    assert failure in found
    assert "install" not in found
    assert len(found) < 500
    assert "hunter2" not in found


NAMED = foreign_request([x509.NameAttribute(NameOID.COMMON_NAME, "a")], x509.DNSName("a.example"))


@pytest.mark.parametrize(
    ("token", "name", "value", "failure"),
    [
        (KEY, "algorithm", "RSA", "algorithm: is 'RSA'; supported here: ECDSA."),
        (KEY, "ecdsaCurve", "P384", "ecdsaCurve: is 'P384'; supported here: P256."),
        (KEY, "rsaBits", 4096, "rsaBits: is not supported here; supported inputs: algorithm, ecd"),
        (REQUEST, "privateKeyPem", foreign_key("RSA"), "here: ECDSA keys of curve P-256."),
        (REQUEST, "privateKeyPem", foreign_key("P384"), "here: ECDSA keys of curve P-256."),
        (REQUEST, "privateKeyPemWo", "x", "supported inputs: privateKeyPem, subject."),
        (REQUEST, "dnsNames", ["a.example"], "supported inputs: privateKeyPem, subject."),
        (REQUEST, "subject", {"commonName": "a", "country": "CH"}, "supported inputs: commonName"),
        (SELF_SIGNED, "allowedUses", ["server_auth"], "supported here: cert_signing, crl_signing"),
        (SELF_SIGNED, "isCaCertificate", False, "is False; supported here: true."),
        (SELF_SIGNED, "maxPathLength", 1, "maxPathLength: is not supported here"),
        (SELF_SIGNED, "setAuthorityKeyId", True, "setAuthorityKeyId: is not supported here"),
        (SIGNED, "certRequestPem", NAMED, "of ECDSA P-256 keys without alternative names"),
    ],
)
def test_unsupported_inputs_are_refused_with_what_to_do(
    tls_plugin: Plugin, right: dict[str, Inputs], token: str, name: str, value: Any, failure: str
) -> None:
    found = wrong(tls_plugin, token, {**right[token], name: value})
    assert found.startswith(name)
    assert failure in found
    assert "install the official one with `pulumi plugin install resource tls " in found


def wrong(plugin: Plugin, token: str, inputs: Inputs) -> str:
    """The one failure of these inputs."""
    ((name, reason),) = plugin.check(token, inputs)[1].items()
    return f"{name}: {reason}"


def test_the_key_of_another_authority_is_refused(
    tls_plugin: Plugin, locally_signed: Inputs
) -> None:
    other = {**locally_signed, "caPrivateKeyPem": secret(key_of(tls_plugin))}
    _, found = tls_plugin.check(SIGNED, other)
    assert found == {"caPrivateKeyPem": "is not the private key of caCertPem"}

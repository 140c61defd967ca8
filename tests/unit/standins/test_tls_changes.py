"""When the stand-in for ``tls`` replaces or renews, and what it refuses."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from pulumi.runtime import rpc

from tests.unit.standins.client import DIFF, Plugin, State, read, secret, struct
from tests.unit.standins.test_tls import (
    CA,
    KEY,
    REQUEST,
    SELF_SIGNED,
    SIGNED,
    key_of,
    request_for,
    root,
    signed,
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
        "allowedUses": ["server_auth"],
    }


def ending(state: State, end: datetime) -> State:
    """The same state, as if the certificate ended at another time."""
    changed = struct({})
    changed.CopyFrom(state.raw)
    changed["validityEndTime"] = end.isoformat()
    return read(changed, state.id)


def in_minutes(minutes: int) -> datetime:
    return datetime.now(timezone.utc) + timedelta(minutes=minutes)


@pytest.mark.parametrize("token", [KEY, REQUEST, SELF_SIGNED, SIGNED])
def test_the_same_inputs_change_nothing(
    tls_plugin: Plugin, token: str, pem: str, self_signed: Inputs, locally_signed: Inputs
) -> None:
    choices: dict[str, Inputs] = {
        KEY: {"algorithm": "ECDSA"},
        REQUEST: {"privateKeyPem": secret(pem), "dnsNames": ["a.example"], "uris": []},
        SELF_SIGNED: {**self_signed, "maxPathLength": 1},
        SIGNED: locally_signed,
    }
    inputs = choices[token]
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
        {"maxPathLength": 3},
        {"setSubjectKeyId": True},
        {"setAuthorityKeyId": True},
        {"subject": {"commonName": "other"}},
        {"subject": {"commonName": rpc.UNKNOWN}},
        {"dnsNames": ["a.example"]},
        {"ipAddresses": ["127.0.0.1"]},
        {"uris": ["spiffe://a"]},
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


@pytest.mark.parametrize(
    "change", [{"algorithm": "RSA"}, {"ecdsaCurve": "P384"}, {"rsaBits": 4096}]
)
def test_what_replaces_a_key(tls_plugin: Plugin, change: Inputs) -> None:
    inputs = {"algorithm": "ECDSA", "ecdsaCurve": "P256"}
    state = tls_plugin.create(KEY, inputs)
    answer = tls_plugin.diff(KEY, state, {**inputs, **change})
    assert list(answer.replaces) == list(change)
    assert answer.detailedDiff[next(iter(change))].kind == KIND.UPDATE_REPLACE


def test_a_path_length_taken_out_of_the_program_stays(
    tls_plugin: Plugin, self_signed: Inputs
) -> None:
    state = tls_plugin.create(SELF_SIGNED, {**self_signed, "maxPathLength": 1})
    assert tls_plugin.diff(SELF_SIGNED, state, self_signed).changes == DIFF.DIFF_NONE


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


PRIVATE = "'RSA PRIVATE KEY' or 'EC PRIVATE KEY' or 'PRIVATE KEY'"


@pytest.mark.parametrize(
    ("token", "change", "failures"),
    [
        (
            KEY,
            {"algorithm": "DSA"},
            {"algorithm": "is 'DSA'; it must be one of RSA, ECDSA, ED25519"},
        ),
        (
            KEY,
            {"ecdsaCurve": "P1"},
            {"ecdsaCurve": "is 'P1'; it must be one of P224, P256, P384, P521"},
        ),
        (KEY, {"rsaBits": 512}, {"rsaBits": "is 512; it must be at least 1024"}),
        (
            REQUEST,
            {"privateKeyPem": None},
            {
                "privateKeyPem": "is missing; give it, or privateKeyPemWo with "
                "privateKeyPemWoVersion"
            },
        ),
        (
            REQUEST,
            {"privateKeyPem": "hunter2"},
            {"privateKeyPem": f"holds no PEM block; it must be a PEM {PRIVATE}"},
        ),
        (
            REQUEST,
            {"privateKeyPem": "-----BEGIN CERTIFICATE-----"},
            {"privateKeyPem": f"is a PEM 'CERTIFICATE'; it must be a PEM {PRIVATE}"},
        ),
        (
            REQUEST,
            {"privateKeyPem": "-----BEGIN PRIVATE KEY-----\naa\n"},
            {
                "privateKeyPem": "is a PEM 'PRIVATE KEY' that cannot be read; "
                "it must be a whole key without a passphrase"
            },
        ),
        (
            REQUEST,
            {"privateKeyPemWoVersion": 1},
            {"privateKeyPemWoVersion": "is given without privateKeyPemWo; the two go together"},
        ),
        (
            REQUEST,
            {"dnsNames": ["a", "bücher.example"]},
            {
                "dnsNames[1]": "is 'bücher.example'; it must be a DNS name in ASCII "
                "(IDNA for other scripts)"
            },
        ),
        (
            REQUEST,
            {"ipAddresses": ["127.0.0.256"]},
            {"ipAddresses[0]": "is '127.0.0.256'; it must be an IPv4 or IPv6 address"},
        ),
        (
            REQUEST,
            {"ipAddresses": "127.0.0.1"},
            {"ipAddresses": "is '127.0.0.1'; it must be a list of strings"},
        ),
        (
            REQUEST,
            {"uris": ["http://[::1"]},
            {"uris[0]": "is 'http://[::1'; it must be a URI in ASCII"},
        ),
        (
            REQUEST,
            {"subject": {"country": "Switzerland"}},
            {"subject.country": "is 'Switzerland'; it must be the two letters of ISO 3166"},
        ),
        (
            REQUEST,
            {"subject": {"streetAddresses": ["a", 1]}},
            {"subject.streetAddresses[1]": "is 1; it must be a string"},
        ),
        (
            SELF_SIGNED,
            {"allowedUses": ["sign"]},
            {"allowedUses[0]": "is 'sign'; it must be one of "},
        ),
        (
            SELF_SIGNED,
            {"allowedUses": ["encipher_only"]},
            {"allowedUses": "has encipher_only without key_agreement (RFC 5280, 4.2.1.3)"},
        ),
        (
            SELF_SIGNED,
            {"allowedUses": None},
            {"allowedUses": "is missing; it must be a list of strings"},
        ),
        (
            SELF_SIGNED,
            {"validityPeriodHours": -1},
            {"validityPeriodHours": "is -1; it must be from 0 to 2562047"},
        ),
        (
            SELF_SIGNED,
            {"earlyRenewalHours": -1},
            {"earlyRenewalHours": "is -1; it must be at least 0"},
        ),
        (SELF_SIGNED, {"maxPathLength": -2}, {"maxPathLength": "is -2; it must be at least -1"}),
        (
            SELF_SIGNED,
            {"subject": {}},
            {"subject": "is empty; a certificate authority needs at least one name in it"},
        ),
        (
            SELF_SIGNED,
            {"isCaCertificate": False, "setAuthorityKeyId": True},
            {"setAuthorityKeyId": "has no identifier to name; set setSubjectKeyId too"},
        ),
        (SELF_SIGNED, {"subject": {"commonName": "x" * 65}}, {"subject": "commonName: "}),
        (SIGNED, {"caCertPem": "x" * 100}, {"caCertPem": "it must be a PEM 'CERTIFICATE', whole"}),
        (
            SIGNED,
            {"certRequestPem": "x"},
            {"certRequestPem": "is 'x'; it must be a PEM 'CERTIFICATE REQUEST', whole"},
        ),
    ],
)
def test_wrong_inputs_are_named_with_a_reason(
    tls_plugin: Plugin,
    self_signed: Inputs,
    locally_signed: Inputs,
    pem: str,
    token: str,
    change: Inputs,
    failures: dict[str, str],
) -> None:
    choices: dict[str, Inputs] = {
        KEY: {"algorithm": "ECDSA"},
        REQUEST: {"privateKeyPem": secret(pem)},
        SELF_SIGNED: self_signed,
        SIGNED: locally_signed,
    }
    right = choices[token]
    assert not tls_plugin.check(token, right)[1]
    _, found = tls_plugin.check(token, {**right, **change})
    assert set(found) == set(failures)
    for name, reason in failures.items():
        assert reason in found[name]
        assert len(found[name]) < 500
        assert "hunter2" not in found[name]


def test_one_key_or_the_other(tls_plugin: Plugin, pem: str) -> None:
    once = {"privateKeyPemWo": secret(pem), "privateKeyPemWoVersion": 1}
    _, found = tls_plugin.check(REQUEST, {"privateKeyPem": secret(pem), **once})
    assert found == {"privateKeyPem": "stands beside privateKeyPemWo; give one of them"}


def test_the_key_of_another_authority_is_refused(
    tls_plugin: Plugin, locally_signed: Inputs
) -> None:
    other = {**locally_signed, "caPrivateKeyPem": secret(key_of(tls_plugin))}
    _, found = tls_plugin.check(SIGNED, other)
    assert found == {"caPrivateKeyPem": "is not the private key of caCertPem"}


def test_a_signer_that_is_no_authority_is_only_warned_about(pem: str) -> None:
    plugin = Plugin("tls")
    lone = root(plugin, pem, isCaCertificate=False, allowedUses=["digital_signature"])
    state = signed(plugin, lone, pem, request_for(plugin, pem, "leaf"))
    assert state.values["certPem"].startswith("-----BEGIN CERTIFICATE-----\n")
    plugin.close()
    assert plugin.errors == (
        "caCertPem is not a certificate authority: what it signs may be refused\n"
    )

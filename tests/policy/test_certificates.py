from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from linkerd_policies.reading import x509_checks
from tests.policy.issuers import ISSUER, ROOT, pem, release
from tests.policy.support import UNKNOWN_TEXT, notes, secret, violations
from tests.unit.mesh.authority import DAY, NOW, Authority, make

RULE = "linkerd-identity-certificates"


@pytest.fixture(autouse=True)
def _at_the_authority_s_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificates of the tests begin and end around one moment."""
    real = x509_checks.utc_now()
    assert real.utcoffset() == timedelta(0)
    monkeypatch.setattr(x509_checks, "utc_now", lambda: NOW)


def test_a_valid_pair_passes() -> None:
    assert violations(RULE, release(pem(ROOT), pem(ISSUER))) == []
    assert violations(RULE, release(secret(pem(ROOT)), secret(pem(ISSUER)))) == []


def test_a_chain_with_an_intermediate_passes() -> None:
    middle = make("middle", by=ROOT)
    last = make("issuer", by=middle)
    assert violations(RULE, release(pem(ROOT), pem(last, middle))) == []
    assert len(violations(RULE, release(pem(ROOT), pem(last)))) == 1


@pytest.mark.parametrize("path_length", [None, 0])
def test_an_anchor_may_be_the_issuer(path_length: int | None) -> None:
    root = make(path_length=path_length)
    assert violations(RULE, release(pem(root), pem(root))) == []


def test_what_comes_from_elsewhere_passes() -> None:
    assert violations(RULE, release(None, None)) == []
    assert violations(RULE, release("", "")) == []
    assert violations(RULE, release(pem(ROOT), None)) == []
    assert violations(RULE, release("nothing", "nothing", chart="linkerd-viz")) == []


@pytest.mark.parametrize(
    ("anchors", "issuer", "where"),
    [
        ("no certificate", pem(ISSUER), "values.identityTrustAnchorsPEM"),
        (pem(ROOT), "no certificate", "values.identity.issuer.tls.crtPEM"),
        (pem(ROOT), 5, "values.identity.issuer.tls.crtPEM"),
        (pem(ROOT).replace("M", "N"), None, "values.identityTrustAnchorsPEM"),
    ],
    ids=["anchor", "issuer", "number", "broken"],
)
def test_what_is_no_certificate_is_refused(anchors: Any, issuer: Any, where: str) -> None:
    (message,) = violations(RULE, release(anchors, issuer))
    assert message.startswith(f"Set {where}")


def test_an_issuer_of_another_authority_is_refused() -> None:
    stranger = make("stranger")
    (message,) = violations(RULE, release(pem(stranger), pem(ISSUER)))
    assert "Sign the certificate" in message
    assert violations(RULE, release(pem(stranger, ROOT), pem(ISSUER))) == []
    same_name = make()
    assert len(violations(RULE, release(pem(same_name), pem(ISSUER)))) == 1


WEAK: dict[str, Any] = {
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "RSA 2048": lambda: rsa.generate_private_key(65537, 2048),
    "RSA 1024": lambda: rsa.generate_private_key(65537, 1024),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}


RSA_3072 = rsa.generate_private_key(65537, 3072)
KEYS = {
    **WEAK,
    "RSA 3072": lambda: RSA_3072,
    "RSA 4096": lambda: rsa.generate_private_key(65537, 4096),
}


@pytest.mark.parametrize("kind", WEAK)
def test_the_issuer_s_key_must_be_p256(kind: str) -> None:
    issuer = make("issuer", by=ROOT, key=WEAK[kind]())
    (message,) = violations(RULE, release(pem(ROOT), pem(issuer)))
    assert "ECDSA P-256" in message


# An Ed25519 anchor has a wrong key and a wrong signature, and gives its issuer a wrong signature.
@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("P-384", 1),
        ("RSA 1024", 1),
        ("RSA 2048", 0),
        ("RSA 3072", 1),
        ("RSA 4096", 0),
        ("Ed25519", 3),
    ],
)
def test_an_anchor_may_have_an_rsa_key_of_two_sizes(kind: str, count: int) -> None:
    root = make(key=KEYS[kind]())
    found = violations(RULE, release(pem(root), pem(make("issuer", by=root))))
    assert len(found) == count
    assert any("RSA key of 2048 or 4096 bits" in message for message in found) == (count > 0)


def test_a_certificate_that_may_not_sign_is_refused() -> None:
    issuer = make("issuer", by=ROOT, cert_sign=False)
    (message,) = violations(RULE, release(pem(ROOT), pem(issuer)))
    assert "certSign" in message
    root = make(cert_sign=False)
    found = violations(RULE, release(pem(root), pem(make("issuer", by=root))))
    assert any("certificate 1" in message and "certSign" in message for message in found)


def test_a_signature_by_another_digest_is_refused() -> None:
    issuer = make("issuer", by=ROOT, digest=hashes.SHA384())
    (message,) = violations(RULE, release(pem(ROOT), pem(issuer)))
    assert "SHA-256" in message


@pytest.mark.parametrize(("length", "count"), [(0, 1), (1, 0), (None, 0)])
def test_an_anchor_s_path_length_counts(length: int | None, count: int) -> None:
    root = make(path_length=length)
    found = violations(RULE, release(pem(root), pem(make("issuer", by=root))))
    assert len(found) == count
    assert all("Sign the certificate" in message for message in found)


def test_an_intermediate_is_held_to_what_an_anchor_is() -> None:
    middle = make("middle", by=ROOT, key=RSA_3072)
    last = make("issuer", by=middle)
    (message,) = violations(RULE, release(pem(ROOT), pem(last, middle)))
    assert message.startswith("Change certificate 2 at values.identity.issuer.tls.crtPEM")
    assert "2048 or 4096" in message


def test_both_must_be_authorities() -> None:
    leaf = make("leaf", by=ROOT, ca=False, cert_sign=False)
    (message,) = violations(RULE, release(pem(ROOT), pem(leaf)))
    assert "isCA" in message
    found = violations(RULE, release(pem(ROOT, leaf), pem(ISSUER)))
    assert len(found) == 1
    assert "certificate 2" in found[0]


def test_one_that_does_not_say_what_it_may_sign_is_no_authority() -> None:
    name, key = ROOT.certificate.subject, ec.generate_private_key(ec.SECP256R1())
    plain = x509.CertificateBuilder(name, name, key.public_key(), 1, NOW - DAY, NOW + 100 * DAY)
    bare = Authority(plain.sign(key, hashes.SHA256()), key)
    (message,) = violations(RULE, release(pem(ROOT, bare), pem(ISSUER)))
    assert "isCA" in message


@pytest.mark.parametrize(
    ("days", "minimum", "count"),
    [(30, None, 0), (29.9, None, 1), (29.9, 29, 0), (-0.1, 0, 1), (0, 0, 0), (99, 100, 1)],
)
def test_days_that_are_left(days: float, minimum: int | None, count: int) -> None:
    settings = {} if minimum is None else {"minimumDays": minimum}
    issuer = make("issuer", by=ROOT, days=days)
    assert len(violations(RULE, release(pem(ROOT), pem(issuer)), **settings)) == count
    root = make(days=days)
    found = violations(RULE, release(pem(root), pem(make("issuer", by=root))), **settings)
    assert len(found) == count
    assert all(f"{NOW + days * DAY:%Y-%m-%d}" in message for message in found)


def test_an_anchor_that_signed_nothing_need_not_last() -> None:
    old = make("old", days=0.5)
    assert violations(RULE, release(pem(old, ROOT), pem(ISSUER))) == []
    ended = make("ended", days=-0.5)
    (message,) = violations(RULE, release(pem(ended, ROOT), pem(ISSUER)))
    assert "certificate 1" in message
    assert "it ended on" in message


def test_one_that_is_not_valid_yet_is_refused() -> None:
    assert violations(RULE, release(pem(ROOT), pem(make("issuer", by=ROOT, begins=NOW)))) == []
    early = make("issuer", by=ROOT, begins=NOW + DAY)
    (message,) = violations(RULE, release(pem(ROOT), pem(early)))
    assert "it begins on 2026-06-02" in message


def test_certificates_that_are_not_known_wait_for_up() -> None:
    for values in (
        (UNKNOWN_TEXT, UNKNOWN_TEXT),
        (UNKNOWN_TEXT, pem(ISSUER)),
        (pem(ROOT), UNKNOWN_TEXT),
    ):
        assert violations(RULE, release(*values)) == []
        assert notes(RULE, release(*values)) == []
    chart = release(pem(ROOT), pem(ISSUER), chart=UNKNOWN_TEXT)
    assert len(notes(RULE, chart)) == 1


def test_what_is_known_is_judged_whatever_is_not() -> None:
    ended = make("ended", days=-0.5)
    assert len(violations(RULE, release(UNKNOWN_TEXT, pem(ended)))) == 1
    assert len(violations(RULE, release(pem(ended), UNKNOWN_TEXT))) == 1

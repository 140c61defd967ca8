from __future__ import annotations

from collections.abc import Iterable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from components.findings import Finding
from components.linkerd import certificates
from components.linkerd.certificates import UnusableError
from tests.unit.mesh.authority import DAY, NOW, Authority, make

RSA = {bits: rsa.generate_private_key(65537, bits) for bits in (2048, 3072)}


def found(findings: Iterable[Finding]) -> list[str]:
    return [finding.found for finding in findings]


def anchor(authority: Authority) -> list[str]:
    return found(certificates.anchor_findings(authority.certificate, NOW))


def issuer(authority: Authority) -> list[str]:
    return found(certificates.issuer_findings(authority.certificate, NOW))


def test_a_good_anchor_and_a_good_issuer() -> None:
    root = make()
    assert anchor(root) == []
    assert issuer(make("identity.linkerd.cluster.local", by=root)) == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        pytest.param(make(days=-0.5), "which ended at 2026-05-31T12:00:00Z", id="expired"),
        pytest.param(make(begins=NOW + DAY), "which begins at 2026-06-02", id="not yet"),
        pytest.param(make(ca=False), "which may not sign", id="no CA"),
        pytest.param(make(cert_sign=False), "which may not sign", id="no certSign"),
        pytest.param(
            make(key=ec.generate_private_key(ec.SECP384R1())),
            "a key of ECDSA secp384r1",
            id="P-384",
        ),
        pytest.param(make(key=RSA[3072]), "a key of RSA 3072", id="RSA 3072"),
        pytest.param(make(digest=hashes.SHA384()), "signed by ECDSA WITH SHA384", id="SHA-384"),
    ],
)
def test_what_neither_may_be(made: Authority, said: str) -> None:
    for findings in (anchor(made), issuer(made)):
        assert len(findings) == 1
        assert said in findings[0]


def test_the_ends_of_the_validity_belong_to_it() -> None:
    assert anchor(make(days=0)) == []
    assert anchor(make(begins=NOW)) == []


def test_no_key_usage_at_all_allows_every_use() -> None:
    assert anchor(make(cert_sign=None)) == []


def test_an_anchor_may_be_rsa_and_an_issuer_may_not() -> None:
    made = make(key=RSA[2048])
    assert anchor(made) == []
    assert "a key of RSA 2048" in issuer(made)[0]


def test_an_edwards_key_is_refused_by_its_curve_and_its_signature() -> None:
    assert len(anchor(make(key=ed25519.Ed25519PrivateKey.generate()))) == 2


def test_an_issuer_finds_its_anchor_among_those_of_the_same_name() -> None:
    old, new = make(), make()
    made = make("identity", by=new)
    assert certificates.anchor_of([made.certificate], [old.certificate, new.certificate]) is (
        new.certificate
    )
    assert certificates.anchor_of([made.certificate], [old.certificate]) is None


def test_a_chain_goes_over_intermediates_in_any_order() -> None:
    root = make()
    upper = make("upper", by=root)
    lower = make("lower", by=upper)
    made = make("identity", by=lower)
    anchors = [root.certificate]
    chain = [made.certificate, upper.certificate, lower.certificate]
    assert certificates.anchor_of(chain, anchors) is root.certificate
    assert certificates.anchor_of(chain[:2], anchors) is None


@pytest.mark.parametrize(("length", "fits"), [(0, False), (1, True), (None, True)])
def test_a_path_length_counts_the_authorities_below(length: int | None, fits: bool) -> None:
    root = make(path_length=length)
    made = make("identity", by=root)
    found = certificates.anchor_of([made.certificate], [root.certificate])
    assert (found is not None) is fits


@pytest.mark.parametrize("path_length", [None, 0])
def test_an_anchor_may_be_the_issuer_as_with_linkerd_install(path_length: int | None) -> None:
    root = make(path_length=path_length)
    assert certificates.anchor_of([root.certificate], [root.certificate]) is root.certificate


def test_an_intermediate_that_is_no_authority_leads_nowhere() -> None:
    root = make()
    leaf = make("leaf", by=root, ca=False)
    made = make("identity", by=leaf)
    chain = [made.certificate, leaf.certificate]
    assert certificates.anchor_of(chain, [root.certificate]) is None


def test_a_key_belongs_to_one_certificate() -> None:
    made, other = make(), make()
    key = certificates.read_key(made.key_pem())
    assert found(certificates.key_findings(made.certificate, key)) == []
    assert found(certificates.key_findings(other.certificate, key)) == [
        "the key of another certificate"
    ]


@pytest.mark.parametrize(
    ("pem", "said"),
    [
        ("issuer.key", "text without a readable private key"),
        (make().pem, "text without a readable private key"),
        (make().key_pem(b"open sesame"), "a private key under a passphrase"),
        (make(key=RSA[2048]).key_pem(), "a private key that is not ECDSA"),
    ],
    ids=["a name", "a certificate", "a passphrase", "RSA"],
)
def test_unusable_keys(pem: str, said: str) -> None:
    with pytest.raises(UnusableError) as error:
        certificates.read_key(pem)
    assert error.value.finding.found == said


@pytest.mark.parametrize("pem", ["", "ca.crt", make().key_pem()], ids=["none", "a name", "a key"])
def test_unusable_certificates_are_not_repeated(pem: str) -> None:
    with pytest.raises(UnusableError) as error:
        certificates.read_chain(pem)
    assert (
        error.value.finding.found == f"text without a readable certificate ({len(pem)} characters)"
    )


def test_soon_is_thirty_days() -> None:
    assert certificates.ends_soon(make(days=29.9).certificate, NOW)
    assert not certificates.ends_soon(make(days=30).certificate, NOW)
    assert not certificates.ends_soon(make(days=-0.5).certificate, NOW)


def test_names_and_times_for_messages() -> None:
    made = make()
    name = certificates.fingerprint(made.certificate)
    assert len(name) == 16
    assert certificates.describe(made.certificate) == f"CN=root.linkerd.cluster.local ({name})"
    assert certificates.end(made.certificate) == "2027-06-01T00:00:00Z"

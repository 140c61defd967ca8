from __future__ import annotations

from typing import Any
from unittest import mock

import pytest

from components.cluster import certificates as cluster_certificates
from components.cluster import checks, connection, rotation
from components.cluster.connection import Unreachable
from components.cluster.facts import Facts
from components.cluster.rotation import Marks
from components.config.problems import ConfigurationError
from components.config.stack.identity import IdentitySettings
from components.config.stack.settings import Cluster, Linkerd, Settings
from components.linkerd import certificates
from tests.unit.mesh.authority import make
from tests.unit.mesh.identities import ISSUER, ROOT, provided, settings


def anchors(generation: int, step: str, issuer: int = 1, **keys: Any) -> IdentitySettings:
    found = {"generation": generation, "step": step}
    return settings(trustAnchors=found, issuer={"generation": issuer}, **keys)


FIRST = anchors(1, "remove")
ADDED = anchors(2, "add")
ISSUED = anchors(2, "issue")
REMOVED = anchors(2, "remove")


def said(before: IdentitySettings, after: IdentitySettings) -> str | None:
    deployed, wanted = rotation.wanted(before), rotation.wanted(after)
    if not rotation.is_jump(deployed, wanted):
        return None
    return str(rotation.jump(after, deployed, wanted))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(FIRST, FIRST, id="nothing"),
        pytest.param(FIRST, anchors(1, "remove", issuer=2), id="issuer"),
        pytest.param(FIRST, ADDED, id="add"),
        pytest.param(ADDED, ISSUED, id="issue"),
        pytest.param(ISSUED, REMOVED, id="remove"),
        pytest.param(ADDED, FIRST, id="give up after add"),
        pytest.param(ISSUED, ADDED, id="give up after issue"),
        pytest.param(REMOVED, anchors(3, "add"), id="the next rotation"),
        pytest.param(ADDED, anchors(2, "issue", issuer=2), id="issue with a new number"),
    ],
)
def test_what_one_run_may_change(before: IdentitySettings, after: IdentitySettings) -> None:
    assert said(before, after) is None


@pytest.mark.parametrize(
    ("before", "after", "fix"),
    [
        pytest.param(FIRST, ISSUED, '`linkerd.identity.trustAnchors.step` to "add"', id="no add"),
        pytest.param(FIRST, REMOVED, '`linkerd.identity.trustAnchors.step` to "add"', id="at once"),
        pytest.param(
            ADDED, REMOVED, '`linkerd.identity.trustAnchors.step` to "issue"', id="no issue"
        ),
        pytest.param(REMOVED, FIRST, '`linkerd.identity.trustAnchors.step` to "add"', id="back"),
        pytest.param(FIRST, anchors(2, "add", issuer=2), "in one run and", id="add and issuer"),
        pytest.param(ADDED, anchors(3, "add"), 'step` to "issue"', id="two rotations"),
        pytest.param(FIRST, provided(), '"Change the mode"', id="to provided"),
        pytest.param(provided(), FIRST, '"Change the mode"', id="from provided"),
        pytest.param(FIRST, settings(mode="cert-manager"), '"Change the mode"', id="mode"),
    ],
)
def test_what_one_run_may_not_change(
    before: IdentitySettings, after: IdentitySettings, fix: str
) -> None:
    message = said(before, after)
    assert message is not None
    assert fix in message
    assert rotation.wanted(before).issuer in message
    assert rotation.wanted(after).issuer in message


@pytest.mark.parametrize("mode", ["generated", "cert-manager"])
def test_a_legal_run_never_leaves_proxies_without_trust(mode: str) -> None:
    """Over all pairs of settings: the rule implies what it is there for."""
    steps = [("remove", n) for n in range(1, 5)] + [
        (step, n) for step in ("add", "issue") for n in range(2, 5)
    ]
    states = [
        rotation.wanted(settings(mode=mode, trustAnchors={"generation": n, "step": step}))
        for step, n in steps
    ]
    legal = 0
    for before in states:
        for after in states:
            assert after.issuing_anchor in after.trust_anchors
            if not rotation.is_jump(before, after):
                legal += 1
                assert after.issuing_anchor in before.trust_anchors
                assert before.issuing_anchor in after.trust_anchors
    assert len(states) < legal < len(states) ** 2


def test_provided_certificates_change_in_the_same_steps() -> None:
    new = make()
    both = ROOT.pem + new.pem
    issuer = make("identity", by=new)
    first, added = provided(), provided(anchors=both)
    issued, removed = provided(both, issuer), provided(new.pem, issuer)
    for before, after in ((first, added), (added, issued), (issued, removed)):
        assert said(before, after) is None
    assert "Add the new anchor to" in str(said(first, removed))
    assert "Add the new anchor to" in str(said(first, issued))
    assert "Leave `linkerd.identity.trustAnchorsPem` as it is" in str(said(added, removed))


def test_the_order_of_a_bundle_means_nothing() -> None:
    new = make()
    assert rotation.wanted(provided(ROOT.pem + new.pem)) == rotation.wanted(
        provided(new.pem + ROOT.pem + ROOT.pem)
    )


def test_provided_marks_are_fingerprints() -> None:
    root = f"provided-{certificates.fingerprint(ROOT.certificate)}"
    assert rotation.wanted(provided()) == Marks(
        trust_anchors=(root,),
        issuing_anchor=root,
        issuer=f"provided-{certificates.fingerprint(ISSUER.certificate)}",
    )


def test_marks_survive_the_cluster() -> None:
    for identity in (FIRST, ADDED, provided(), settings(mode="cert-manager")):
        marks = rotation.wanted(identity)
        assert rotation.read({**marks.annotations(), "other": "x"}) == marks
    assert rotation.read({}) is None
    assert rotation.read({rotation.ISSUER: "generated-1-1"}) is None


@pytest.fixture
def pods(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pods that a cluster would name as outdated."""
    found: list[str] = []
    monkeypatch.setattr(cluster_certificates, "outdated_pods", lambda _: found)
    return found


def check(identity: IdentitySettings, deployed: IdentitySettings | None) -> None:
    marks = rotation.wanted(deployed).annotations() if deployed else {}
    facts = Facts(version=(1, 35), identity=marks)
    with mock.patch.object(connection, "ask", return_value=facts):
        checks.check(stack(identity), file="Pulumi.dev.yaml")


def stack(identity: IdentitySettings, *, check: bool = True) -> Settings:
    return Settings(linkerd=Linkerd(identity=identity), cluster=Cluster(check=check))


def test_a_first_install_may_be_anything() -> None:
    check(REMOVED, None)


def test_a_jump_is_refused_before_the_run() -> None:
    with pytest.raises(ConfigurationError, match="trust anchors and issuer changed together"):
        check(REMOVED, FIRST)


def test_issue_waits_for_the_pods(pods: list[str]) -> None:
    check(ISSUED, ADDED)
    pods += [f"apps/pod-{number}" for number in range(7)]
    with pytest.raises(ConfigurationError) as error:
        check(ISSUED, ADDED)
    message = str(error.value)
    assert "apps/pod-0, apps/pod-1, apps/pod-2, apps/pod-3, apps/pod-4 and 2 more" in message
    assert "kubectl rollout restart" in message


@pytest.mark.parametrize(("before", "after"), [(FIRST, ADDED), (ISSUED, REMOVED), (FIRST, FIRST)])
def test_other_steps_do_not_ask_for_pods(
    pods: list[str], before: IdentitySettings, after: IdentitySettings
) -> None:
    pods.append("apps/outdated")
    check(after, before)


def test_at_once_and_unchecked_clusters_allow_everything() -> None:
    check(anchors(2, "remove", rotation="at-once"), FIRST)
    assert checks.check(stack(REMOVED, check=False), file="Pulumi.dev.yaml") is None


def test_a_cluster_that_refuses_to_list_pods_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Cluster) -> list[str]:
        raise Unreachable("its API server refuses us: 403 Forbidden")

    monkeypatch.setattr(cluster_certificates, "outdated_pods", refuse)
    with pytest.raises(ConfigurationError, match="403 Forbidden"):
        check(ISSUED, ADDED)

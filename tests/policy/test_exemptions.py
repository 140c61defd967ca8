from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from linkerd_policies.framework.configuration import errors, resolve
from linkerd_policies.framework.evaluation import Evaluator, Resource
from linkerd_policies.framework.values import MapView
from linkerd_policies.table import RULES
from tests.policy.support import (
    TODAY,
    UNKNOWN_MAP,
    URN,
    Manifest,
    Pack,
    document,
    documents,
    struct,
)

NAMESPACE = "linkerd-namespace-strict-mtls"
GATEWAYS = "linkerd-gateway-limit"
WEAK = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}
"""
REASON = "the old clients move in spring"


def _exemption(resource: str = "Namespace shop", **changes: Any) -> dict[str, Any]:
    day = str(TODAY + timedelta(days=30))
    return {"resource": resource, "reason": REASON, "expires": day, **changes}


def _config(*exemptions: Any, rule: str = NAMESPACE) -> dict[str, Any]:
    return {rule: {"exemptions": list(exemptions)}}


def _said(config: dict[str, Any], *manifests: Manifest) -> list[tuple[str, int, str]]:
    found = Pack(config).diagnostics(*manifests)
    return [(d.policyName, d.enforcementLevel, d.message.partition("\n")[2]) for d in found]


@pytest.mark.parametrize("resource", ["Namespace shop", URN])
def test_an_exempted_violation_is_a_note(resource: str) -> None:
    config = _config(_exemption(resource, approvedBy="security@example.com"))
    ((rule, level, text),) = _said(config, document(WEAK))
    (note,) = Pack(config).resource(document(WEAK)).diagnostics
    assert (rule, level, note.urn) == (NAMESPACE, 0, URN)
    assert text.startswith(
        "Exempted until 2030-02-14, approved by security@example.com: the old clients move in "
        "spring. Violation: Set metadata.annotations"
    )


@pytest.mark.parametrize("resource", ["Namespace shops", "Service shop", f"{URN}2"])
def test_other_resources_stay_refused_and_the_unused_exemption_is_reported(resource: str) -> None:
    violation, unused = _said(_config(_exemption(resource)), document(WEAK))
    assert violation[1] == 1
    assert unused[:2] == (NAMESPACE, 0)
    assert f"The exemption of {resource} (until 2030-02-14: {REASON}) was not needed" in unused[2]


def test_other_rules_are_not_exempted() -> None:
    violation, _ = _said(_config(_exemption(), rule=GATEWAYS), document(WEAK))
    assert violation[:2] == (NAMESPACE, 1)


def test_a_finding_about_the_stack_is_exempted_by_its_object() -> None:
    bad = next(rule.bad for rule in RULES if rule.name == GATEWAYS)
    plain = [said for said in _said({}, *documents(bad)) if said[0] == GATEWAYS]
    assert [level for _, level, _ in plain] == [1] * len(plain)
    names = [
        f"AuthorizationPolicy {d['metadata']['namespace']}/{d['metadata']['name']}"
        for d in documents(bad)
    ]
    config = _config(*map(_exemption, names), rule=GATEWAYS)
    exempted = [said for said in _said(config, *documents(bad)) if said[0] == GATEWAYS]
    assert all(level == 0 for _, level, _ in exempted)
    assert any(text.startswith("Exempted until") for _, _, text in exempted)


def test_what_cannot_be_evaluated_is_exempted_too() -> None:
    config = {**_config(_exemption()), "linkerd-policy-pack": {"unknowns": "deny"}}
    unknown = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "shop", "annotations": UNKNOWN_MAP},
    }
    ((_, level, text),) = [said for said in _said(config, unknown) if said[0] == NAMESPACE]
    assert level == 0
    assert "Violation: Not evaluated: " in text


@pytest.mark.parametrize("days", [0, 1, 90])
def test_how_long_an_exemption_lasts(days: int) -> None:
    config = _config(_exemption(expires=str(TODAY + timedelta(days=days))))
    assert list(errors(config, RULES, TODAY)) == []


@pytest.mark.parametrize(
    ("exemption", "path", "found"),
    [
        (_exemption(expires=str(TODAY - timedelta(days=1))), "expires", "Namespace shop has exp"),
        (_exemption(expires=str(TODAY + timedelta(days=91))), "expires", "would last too long"),
        (_exemption(expires="2030-02-30"), "expires", "a day that does not exist"),
        (_exemption(expires="soon"), "expires", '"soon"'),
        (_exemption(expires=20300130), "expires", "20300130"),
        ({"resource": "Namespace shop", "expires": "2030-02-01"}, "reason", "nothing"),
        (_exemption(reason="because"), "reason", '"because"'),
        (_exemption(resource="shop"), "resource", '"shop"'),
        (_exemption(resource=""), "resource", '""'),
        (_exemption(approvedBy=""), "approvedBy", '""'),
        (_exemption(approved="me"), "approved", "an unknown key"),
        ("Namespace shop", "", '"Namespace shop"'),
    ],
    ids=range(12),
)
def test_a_wrong_exemption_is_refused(exemption: Any, path: str, found: str) -> None:
    (error,) = errors(_config(exemption), RULES, TODAY)
    where = f"{NAMESPACE}.exemptions.0" + (f".{path}" if path else "")
    assert error.path == where
    assert found in error.found
    assert error.allowed
    assert error.fix


def test_a_shorter_time_can_be_asked_for() -> None:
    pack = {"linkerd-policy-pack": {"maxExemptionDays": 29}}
    (error,) = errors({**_config(_exemption()), **pack}, RULES, TODAY)
    assert "29 days ahead at most" in error.allowed
    pack["linkerd-policy-pack"]["maxExemptionDays"] = 30
    assert list(errors({**_config(_exemption()), **pack}, RULES, TODAY)) == []


def test_every_mistake_of_every_exemption_is_reported() -> None:
    config = _config(_exemption(expires="2020-01-01", reason="x"), _exemption(resource="x"))
    assert len(list(errors(config, RULES, TODAY))) == 3


def test_the_pack_itself_looks_at_the_date() -> None:
    """Without ``make``, the server refuses the run."""
    with pytest.raises(AttributeError, match="abort"):  # the test has no gRPC context
        Pack(_config(_exemption()), day=date(2030, 2, 15))
    Pack(_config(_exemption()), day=date(2030, 2, 14))


GATEWAY = """
apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata: {name: NAME, namespace: shop}
spec: {accessPolicy: all-unauthenticated, port: http, podSelector: {matchLabels: {app: NAME}}}
"""
STACKS_URN = "urn:pulumi:dev::p::kubernetes:core/v1:List::gateways"


def _levels(exemption: str, *manifests: Manifest) -> list[tuple[str, str]]:
    """What is said about one resource of gateways with none allowed, and where."""
    entries = {"maxGateways": 0, "exemptions": [_exemption(exemption)]}
    evaluator = Evaluator(RULES, resolve({GATEWAYS: entries}, RULES))
    props = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
    resource = Resource.read(
        "kubernetes:core/v1:List",
        STACKS_URN,
        "gateways",
        MapView(struct(props)),
        protected=False,
        provider="",
    )
    verdicts = evaluator.judge_stack([resource])
    return [(one.level, one.urn) for one in verdicts if one.rule == GATEWAYS]


@pytest.mark.parametrize("resource", ["Server shop/a", STACKS_URN])
def test_a_finding_about_the_stack_is_exempted_by_name_or_urn(resource: str) -> None:
    assert _levels(resource, document(GATEWAY.replace("NAME", "a"))) == [("advisory", STACKS_URN)]


def test_the_name_of_one_of_a_resource_s_objects_exempts_none_in_a_stack() -> None:
    """A finding names the resource alone, so it may be about another object of it."""
    servers = [document(GATEWAY.replace("NAME", name)) for name in ("a", "b")]
    violations = [("mandatory", STACKS_URN)] * 2
    for name in ("a", "b"):
        assert _levels(f"Server shop/{name}", *servers) == [*violations, ("advisory", "")]
    assert _levels(STACKS_URN, *servers) == [("advisory", STACKS_URN)] * 2

"""The server in front of the SDK's: what it refuses, and that it is what the pack serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc
import pulumi_policy.policy as sdk
import pytest
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import ResourceValidationArgs
from pulumi_policy.policy import empty_report_violation

from linkerd_policies.framework.analyzer import install
from linkerd_policies.framework.configuration import PACK
from linkerd_policies.framework.model import ResourceRule
from linkerd_policies.framework.pack import ResourceDeclaration, build_policies
from linkerd_policies.table import RULES
from tests.policy.support import (
    BY_NAME,
    URN,
    Manifest,
    Pack,
    configuration,
    document,
    documents,
    struct,
    token,
)

LOCKED = [rule.name for rule in RULES if rule.locked]
OPEN = [rule.name for rule in RULES if not rule.locked]
LOWER = [analyzer_pb2.ADVISORY, analyzer_pb2.DISABLED]


class Aborted(Exception):
    """What a gRPC context raises on abort."""


class Context:
    """A gRPC context that keeps what the pack says."""

    def abort(self, code: Any, text: str) -> None:
        assert code == grpc.StatusCode.INVALID_ARGUMENT
        raise Aborted(text)


def _request(manifest: Manifest) -> Any:
    return analyzer_pb2.AnalyzeRequest(
        type=token(manifest), properties=struct(manifest), urn=URN, name="thing"
    )


@pytest.fixture
def server() -> Iterator[Any]:
    """The SDK's server as ``policy/__main__.py`` makes it, put back afterwards."""
    original = sdk._PolicyAnalyzerServicer
    install(RULES)
    try:
        level = sdk.EnforcementLevel.MANDATORY
        yield sdk._PolicyAnalyzerServicer("p", "0.0.1", build_policies(RULES), level)
    finally:
        sdk._PolicyAnalyzerServicer = original  # type: ignore[misc] # the test put it there


def test_the_gates_are_locked() -> None:
    assert {rule.group for rule in RULES if rule.locked} >= {"Strict mTLS", "Retry limits"}
    assert "Clashes" in {rule.group for rule in RULES if not rule.locked}


@pytest.mark.parametrize("name", LOCKED)
@pytest.mark.parametrize("level", LOWER)
def test_locked_rules_cannot_be_lowered(server: Any, name: str, level: int) -> None:
    with pytest.raises(Aborted, match=f'"{name}" cannot be set to (advisory|disabled)'):
        server.Configure(configuration({name: {}}, level), Context())


@pytest.mark.parametrize("name", OPEN)
@pytest.mark.parametrize("level", LOWER)
def test_other_rules_can(server: Any, name: str, level: int) -> None:
    server.Configure(configuration({name: {}}, level), Context())


def test_settings_are_taken(server: Any) -> None:
    server.Configure(configuration({"linkerd-gateway-limit": {"maxGateways": 2}}), Context())


def test_every_error_is_said_at_once(server: Any) -> None:
    with pytest.raises(Aborted) as refused:
        server.Configure(configuration({LOCKED[0]: {"x": 1}, "no-rule": {}}), Context())
    assert str(refused.value).count("\n- ") == 2
    assert f"{LOCKED[0]}.x: found an unknown setting" in str(refused.value)
    assert "no-rule: found an unknown rule" in str(refused.value)


def test_an_exemption_that_has_expired_ends_the_run(server: Any) -> None:
    exemption = {"resource": "Server shop/web", "reason": "x" * 10, "expires": "2020-01-01"}
    config = {"linkerd-gateway-limit": {"exemptions": [exemption]}}
    with pytest.raises(Aborted, match="the exemption of Server shop/web has expired"):
        server.Configure(configuration(config), Context())


def test_the_pack_s_own_settings_are_taken(server: Any) -> None:
    server.Configure(configuration({PACK: {"unknowns": "deny"}}), Context())


def test_a_violation_says_whose_it_is(server: Any) -> None:
    rule = BY_NAME["linkerd-namespace-strict-mtls"]
    response = server.Analyze(_request(document(rule.bad)), None)
    (diagnostic,) = (one for one in response.diagnostics if one.policyName == rule.name)
    assert (diagnostic.policyPackName, diagnostic.policyPackVersion) == ("p", "0.0.1")
    assert diagnostic.description == rule.description
    assert diagnostic.message.startswith(f"{rule.description}\n")
    assert diagnostic.severity == analyzer_pb2.POLICY_SEVERITY_CRITICAL


def test_a_remediation_says_whose_it_is(server: Any) -> None:
    rule = BY_NAME["linkerd-namespace-strict-mtls"]
    server.Configure(configuration({rule.name: {"enforcementLevel": "remediate"}}), Context())
    weak = document("""
        apiVersion: v1
        kind: Namespace
        metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}
    """)
    (mended,) = server.Remediate(_request(weak), None).remediations
    assert (mended.policyPackName, mended.policyPackVersion) == ("p", "0.0.1")
    assert (mended.policyName, mended.description) == (rule.name, rule.description)


def test_a_disabled_rule_does_not_run() -> None:
    name = "linkerd-breaker-profile-clash"
    bad = next(rule.bad for rule in RULES if rule.name == name)
    objects = list(map(document, bad.split("---\n")))
    assert [d for d in Pack().stack(objects).diagnostics if d.policyName == name]
    disabled = Pack({name: {"enforcementLevel": "disabled"}})
    assert not [d for d in disabled.stack(objects).diagnostics if d.policyName == name]


@pytest.mark.parametrize("later", ["linkerd-canary-weights", "linkerd-canary-one-split"])
def test_the_rules_after_a_disabled_one_run(later: str) -> None:
    disabled = Pack({"linkerd-breaker-profile-clash": {"enforcementLevel": "disabled"}})
    bad = documents(BY_NAME[later].bad)
    assert later in {d.policyName for d in disabled.diagnostics(*bad)}


def test_rules_of_other_kinds_are_not_applicable() -> None:
    namespace = document("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    response = Pack().resource(namespace, token(namespace))
    skipped = {one.policy_name for one in response.not_applicable}
    assert "linkerd-workload-strict-mtls" in skipped
    assert "linkerd-namespace-strict-mtls" not in skipped


def test_every_rule_that_is_not_applicable_gives_a_reason() -> None:
    skipped = Pack().resource(document("{apiVersion: v1, kind: Event}")).not_applicable
    assert skipped
    assert all(one.reason for one in skipped)


def test_no_rule_is_applicable_to_a_kind_that_none_looks_at() -> None:
    event = document("{apiVersion: v1, kind: Event, metadata: {name: shop}}")
    response = Pack().resource(event)
    skipped = {one.policy_name for one in response.not_applicable}
    assert skipped == {PACK, *(rule.name for rule in RULES if isinstance(rule, ResourceRule))}
    assert not response.diagnostics


def _control_plane(name: str, provider: str) -> Any:
    return analyzer_pb2.AnalyzerResource(
        type="kubernetes:helm.sh/v3:Release",
        properties=struct({"chart": "linkerd-control-plane"}),
        urn=f"urn:{name}",
        name=name,
        provider=analyzer_pb2.AnalyzerProviderResource(urn=provider),
    )


@pytest.mark.parametrize(("provider", "found"), [("urn:west", []), ("urn:east", ["urn:b"])])
def test_a_resource_s_provider_and_name_reach_the_rules(
    server: Any, provider: str, found: list[str]
) -> None:
    resources = [_control_plane("a", "urn:east"), _control_plane("b", provider)]
    request = analyzer_pb2.AnalyzeStackRequest(resources=resources)
    diagnostics = [
        one
        for one in server.AnalyzeStack(request, None).diagnostics
        if one.policyName == "linkerd-one-control-plane"
    ]
    assert [one.urn for one in diagnostics] == found
    assert all("Remove b or a" in one.message for one in diagnostics)


def test_the_option_protect_reaches_the_rules() -> None:
    name = "linkerd-crds-protected"
    pack = Pack({name: {"requireProtection": True}})
    chart = document("{apiVersion: helm.sh/v3, kind: Release, chart: ./linkerd-crds}")
    assert [d.policyName for d in pack.resource(chart).diagnostics] == [name]
    assert list(pack.resource(chart, protect=True).diagnostics) == []


def test_the_sdk_alone_passes_nothing() -> None:
    """A declaration that somebody serves without this pack's server fails, and lets nothing in."""
    (first, *_) = build_policies(RULES)
    assert isinstance(first, ResourceDeclaration)
    args: Any = object.__new__(ResourceValidationArgs)
    with pytest.raises(NotImplementedError):
        first.validate(args, empty_report_violation)

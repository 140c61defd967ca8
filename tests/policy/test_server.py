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

from linkerd_policies.pack import ResourceDeclaration, build_policies
from linkerd_policies.server import install
from linkerd_policies.table import RULES
from tests.policy.support import Pack, configuration, document, token

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


def test_a_disabled_rule_does_not_run() -> None:
    name = "linkerd-breaker-profile-clash"
    bad = next(rule.bad for rule in RULES if rule.name == name)
    objects = list(map(document, bad.split("---\n")))
    assert [d for d in Pack().stack(objects).diagnostics if d.policyName == name]
    disabled = Pack({name: {"enforcementLevel": "disabled"}})
    assert not [d for d in disabled.stack(objects).diagnostics if d.policyName == name]


def test_rules_of_other_kinds_are_not_applicable() -> None:
    namespace = document("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}")
    response = Pack().resource(namespace, token(namespace))
    skipped = {one.policy_name for one in response.not_applicable}
    assert "linkerd-workload-strict-mtls" in skipped
    assert "linkerd-namespace-strict-mtls" not in skipped


def test_the_sdk_alone_passes_nothing() -> None:
    """A declaration that somebody serves without this pack's server fails, and lets nothing in."""
    (first, *_) = build_policies(RULES)
    assert isinstance(first, ResourceDeclaration)
    args: Any = object.__new__(ResourceValidationArgs)
    with pytest.raises(NotImplementedError):
        first.validate(args, empty_report_violation)

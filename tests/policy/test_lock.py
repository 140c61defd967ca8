from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grpc  # type: ignore[import-untyped] # grpcio comes without types
import pulumi_policy.policy as sdk
import pytest
from pulumi.runtime.proto import analyzer_pb2

from linkerd_policies.lock import config_errors, lock
from linkerd_policies.pack import build_policies
from linkerd_policies.table import RULES
from tests.policy.support import Config, configuration

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
    lock(RULES)
    try:
        level = sdk.EnforcementLevel.MANDATORY
        yield sdk._PolicyAnalyzerServicer("p", "0.0.1", build_policies(RULES), level)
    finally:
        sdk._PolicyAnalyzerServicer = original  # type: ignore[misc] # the test put it there


def _errors(config: Config, level: int = analyzer_pb2.MANDATORY) -> list[str]:
    return list(config_errors(configuration(config, level).policyConfig, RULES))


def test_both_gates_are_locked() -> None:
    assert {"Strict mTLS", "Retry limits"} <= {rule.group for rule in RULES if rule.locked}
    assert {"Clashes", "Canaries"} <= {rule.group for rule in RULES if not rule.locked}


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


def test_names_that_nothing_reads_are_refused() -> None:
    (unknown,) = _errors({"linkerd-gatway-limit": {"maxGateways": 2}})
    assert unknown.startswith('"linkerd-gatway-limit" is no rule of this pack; its rules are')
    (typo,) = _errors({"linkerd-retry-annotations-bounded": {"maxlimit": 2}})
    assert typo.endswith('has no setting "maxlimit"; its settings are maxLimit.')
    (none,) = _errors({"linkerd-breaker-profile-clash": {"x": 2}})
    assert none.endswith("it has none.")


def test_every_error_is_said_at_once() -> None:
    config: Config = {LOCKED[0]: {"x": 1}, "no-rule": {}}
    assert len(_errors(config, analyzer_pb2.ADVISORY)) == 3

"""Refuses a pack configuration that would switch a locked rule off, or that nothing would read.

The engine lets ``--policy-pack-config`` set any rule to ``advisory`` or ``disabled``, and takes
settings that no rule has. The public SDK has no hook for it, so this extends the SDK's server, by
its private name; ``tests/policy/test_lock.py`` fails when a new SDK moves it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import grpc  # type: ignore[import-untyped] # grpcio comes without types
import pulumi_policy.policy as sdk
from pulumi.runtime.proto import analyzer_pb2

from . import secrecy
from .model import Rule

_LOWERED = {analyzer_pb2.ADVISORY: "advisory", analyzer_pb2.DISABLED: "disabled"}


def config_errors(config: Mapping[str, Any], rules: Sequence[Rule]) -> Iterator[str]:
    """What is wrong with the configuration that the engine sends, one sentence each."""
    known = {rule.name: rule for rule in rules}
    for name, entry in sorted(config.items()):
        rule = known.get(name)
        if rule is None:
            yield f'"{name}" is no rule of this pack; its rules are {", ".join(sorted(known))}.'
            continue
        if rule.locked and entry.enforcementLevel in _LOWERED:
            yield (
                f'"{name}" cannot be set to {_LOWERED[entry.enforcementLevel]}: the rule is always '
                "mandatory. Remove the enforcement level; its settings say what can be allowed."
            )
        allowed = {setting.name for setting in rule.settings}
        for key in sorted(set(entry.properties.fields) - allowed):
            choice = f"its settings are {', '.join(sorted(allowed))}" if allowed else "it has none"
            yield f'"{name}" has no setting "{key}"; {choice}.'


def locked(servicer: Any, rules: Sequence[Rule]) -> Any:
    """A subclass of the SDK's server that checks the configuration before it takes it.

    It also notes which properties are secrets, which the SDK keeps from the rules.
    """

    class LockedServicer(servicer):  # type: ignore[misc] # a private class of the SDK
        def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
            errors = list(config_errors(request.policyConfig, rules))
            if errors:
                text = "Correct the policy pack's configuration: " + " ".join(errors)
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
            return super().Configure(request, context)

        def Analyze(self, request: Any, context: grpc.ServicerContext) -> Any:
            with secrecy.noted(request.properties):
                return super().Analyze(request, context)

    return LockedServicer


def lock(rules: Sequence[Rule]) -> None:
    """Make every pack that this process serves from now on refuse such a configuration."""
    locked_servicer = locked(sdk._PolicyAnalyzerServicer, rules)
    sdk._PolicyAnalyzerServicer = locked_servicer  # type: ignore[misc] # the only way in, see above

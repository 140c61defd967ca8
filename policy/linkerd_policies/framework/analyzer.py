"""Serves the pack to the engine: the SDK's server with a check of the configuration in front.

The SDK reads every resource anew for each policy, and where a value is unknown it drops a policy
with a note. This server reads each resource once for all rules, reports by rule and resource what
could not be checked, and refuses a configuration that would switch a locked rule off. The public
SDK has no hook for any of it, so this extends the SDK's server by its private name;
``tests/policy/test_server.py`` fails when a new SDK moves it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import grpc
import pulumi_policy.policy as sdk
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import Severity

from linkerd_policies.framework import secrecy
from linkerd_policies.framework.changes import applied
from linkerd_policies.framework.clusters import cluster_of
from linkerd_policies.framework.configuration import LEVEL, PACK, errors, resolve, today
from linkerd_policies.framework.evaluation import ADVISORY, MANDATORY, Evaluator, Resource, Verdict
from linkerd_policies.framework.model import Rule
from linkerd_policies.framework.values import MapView

_LEVELS: Mapping[int, str] = {
    analyzer_pb2.ADVISORY: "advisory",
    analyzer_pb2.MANDATORY: "mandatory",
    analyzer_pb2.DISABLED: "disabled",
    analyzer_pb2.REMEDIATE: "remediate",
}
_REPORTED = {MANDATORY: analyzer_pb2.MANDATORY, ADVISORY: analyzer_pb2.ADVISORY}
_SEVERITIES = {
    Severity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}
_NOT_APPLICABLE = "the resource is none of the rule's kinds"


class PackServer(sdk._PolicyAnalyzerServicer):
    """The server that the engine calls. The SDK's part declares names and schemas of the rules."""

    def __init__(
        self,
        rules: Sequence[Rule],
        name: str,
        version: str,
        *rest: Any,
        day: Callable[[], date] = today,
    ) -> None:
        """Serve ``rules``. ``rest`` goes to the SDK's server; ``day`` returns today's date."""
        super().__init__(name, version, *rest)
        self._pack = {"policyPackName": name, "policyPackVersion": version}
        self._rules = {rule.name: rule for rule in rules}
        self._day = day
        self._use(Evaluator(rules, resolve({}, rules)))

    def _use(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        # The same rules apply to all objects of a kind, so most answers are equal.
        self._skipped: dict[frozenset[str], Any] = {}

    def Configure(self, request: Any, _context: grpc.ServicerContext) -> Any:
        """Use a configuration, or end the run with every mistake in it."""
        rules = list(self._rules.values())
        document = {name: _entry(name, entry) for name, entry in request.policyConfig.items()}
        found = [str(error) for error in errors(document, rules, self._day())]
        if found:
            text = "\n- ".join(("Correct the policy pack's configuration:", *found))
            _context.abort(grpc.StatusCode.INVALID_ARGUMENT, text)
        self._use(Evaluator(rules, resolve(document, rules)))
        return empty_pb2.Empty()

    def Analyze(self, request: Any, _context: grpc.ServicerContext) -> Any:
        """Judge one resource, by its inputs, before it is written."""
        with secrecy.noted(request.properties):
            return self._analyze(_resource(request))

    def _analyze(self, resource: Resource) -> Any:
        diagnostics = [self._diagnostic(one) for one in self._evaluator.judge(resource)]
        skipped = self._skipping(frozenset(r.name for r in self._evaluator.rules_for(resource)))
        if not diagnostics:
            return skipped
        response = analyzer_pb2.AnalyzeResponse(diagnostics=diagnostics)
        response.MergeFrom(skipped)
        return response

    def _skipping(self, applying: frozenset[str]) -> Any:
        """The answer that all rules but ``applying`` do not apply, made once. Not to be changed."""
        if applying not in self._skipped:
            self._skipped[applying] = analyzer_pb2.AnalyzeResponse(
                not_applicable=[
                    analyzer_pb2.PolicyNotApplicable(policy_name=name, reason=_NOT_APPLICABLE)
                    for name in (*self._evaluator.resource_rules, PACK)
                    if name not in applying
                ]
            )
        return self._skipped[applying]

    def AnalyzeStack(self, request: Any, _context: grpc.ServicerContext) -> Any:
        """Judge all resources together, by their outputs."""
        resources = [_resource(resource) for resource in request.resources]
        verdicts = self._evaluator.judge_stack(resources)
        return analyzer_pb2.AnalyzeResponse(diagnostics=map(self._diagnostic, verdicts))

    def Remediate(self, request: Any, _context: grpc.ServicerContext) -> Any:
        """Apply to one resource the remediations that the configuration asks for."""
        response = analyzer_pb2.RemediateResponse()
        if not self._evaluator.remediates:
            return response
        properties = request.properties
        for rule in self._evaluator.remediating(_resource(request)):
            changes = self._evaluator.changes(rule, _read(request, properties))
            if changes:
                changed = applied(json_format.MessageToDict(properties), changes)
                properties = json_format.ParseDict(changed, struct_pb2.Struct())
                response.remediations.append(
                    analyzer_pb2.Remediation(
                        policyName=rule.name,
                        description=rule.description,
                        properties=properties,
                        **self._pack,
                    )
                )
        return response

    def _diagnostic(self, verdict: Verdict) -> Any:
        rule = self._rules.get(verdict.rule)
        description = rule.description if rule else ""
        return analyzer_pb2.AnalyzeDiagnostic(
            policyName=verdict.rule,
            message="\n".join((description, verdict.message)),
            description=description,
            urn=verdict.urn,
            enforcementLevel=_REPORTED[verdict.level],
            severity=_SEVERITIES[rule.severity if rule else Severity.HIGH],
            **self._pack,
        )


def install(rules: Sequence[Rule]) -> None:
    """Make every pack that this process serves from now on a :class:`PackServer`."""
    served: Any = partial(PackServer, rules)
    sdk._PolicyAnalyzerServicer = served  # type: ignore[misc] # the only way in, see above


def _entry(name: str, entry: Any) -> dict[str, Any]:
    """A rule's configuration, as in the file. The pack's own settings have no level."""
    level = {} if name == PACK else {LEVEL: _LEVELS[entry.enforcementLevel]}
    return {**level, **json_format.MessageToDict(entry.properties)}


def _resource(message: Any) -> Resource:
    return _read(message, message.properties)


def _read(message: Any, properties: Any) -> Resource:
    return Resource.read(
        message.type,
        message.urn,
        message.name,
        MapView(properties),
        protected=message.options.protect,
        provider=cluster_of(message.provider.urn, MapView(message.provider.properties)),
    )

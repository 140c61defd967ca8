from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from commands.deploy import events

URN = "urn:pulumi:dev::program::kubernetes:core/v1:Namespace::shop"
# Lines of a real log, shortened.
DIAGNOSTIC = {
    "prefix": "warning: ",
    "message": "using pulumi-resource-kubernetes from $PATH\n",
    "color": "never",
    "severity": "warning",
}
POLICY = {
    "resourceUrn": URN,
    "message": "Every meshed namespace refuses.\nSet the policy.\n",
    "policyName": "linkerd-namespace-strict-mtls",
    "policyPackName": "linkerd-platform",
    "policyPackVersion": "0.1.0",
    "enforcementLevel": "mandatory",
    "severity": "critical",
}
STEP = {
    "metadata": {
        "op": "update",
        "urn": URN,
        "type": "kubernetes:core/v1:Namespace",
        "old": {"inputs": {"kind": "Namespace"}, "outputs": {}},
        "new": {"inputs": {"kind": "Namespace", "metadata": {}}},
        "detailedDiff": {"metadata.labels": {"diffKind": "add", "inputDiff": True}},
    },
    "planning": True,
}
CREATE = {"metadata": {"op": "create", "urn": URN, "type": "t", "old": None, "detailedDiff": None}}


def _read(**event: Any) -> list[events.Event]:
    return list(events.parse([json.dumps({"sequence": 1, "timestamp": 2, **event})]))


def test_diagnostics() -> None:
    (one,) = _read(diagnosticEvent=DIAGNOSTIC)
    assert one == events.Diagnostic(
        severity="warning", message="using pulumi-resource-kubernetes from $PATH", urn=""
    )


def test_violations() -> None:
    (one,) = _read(policyEvent=POLICY)
    assert one == events.Violation(
        rule="linkerd-namespace-strict-mtls",
        pack="linkerd-platform",
        urn=URN,
        level="mandatory",
        severity="critical",
        message="Set the policy.",
    )
    (bare,) = _read(policyEvent={**POLICY, "message": "Title only."})
    assert isinstance(bare, events.Violation)
    assert bare.message == "Title only."


def test_steps() -> None:
    (one,) = _read(resourcePreEvent=STEP)
    assert one == events.Step(
        op="update",
        urn=URN,
        type="kubernetes:core/v1:Namespace",
        planned=True,
        changes=(events.PropertyChange(path="metadata.labels", kind="add"),),
        old={"kind": "Namespace"},
        new={"kind": "Namespace", "metadata": {}},
        custom=False,
    )
    (create,) = _read(resourcePreEvent=CREATE)
    assert create == events.Step(
        op="create", urn=URN, type="t", planned=False, changes=(), old={}, new={}, custom=False
    )
    assert _read(resOpFailedEvent=CREATE) == [events.StepFailed(op="create", urn=URN)]


def test_the_rules_that_analyzed_something() -> None:
    judged = {"resourceUrn": URN, "policyPackName": "p", "passed": ["a"], "failed": ["b"]}
    expected = events.Judged(pack="p", urn=URN, passed=("a",), failed=("b",))
    assert _read(policyAnalyzeSummaryEvent=judged) == [expected]
    (stack,) = _read(policyAnalyzeStackSummaryEvent={"policyPackName": "p"})
    assert stack == events.Judged(pack="p", urn="", passed=(), failed=())


def test_remediations_have_no_values() -> None:
    event = {**POLICY, "before": {"data": "hunter2"}, "after": {"data": "hunter3"}}
    (one,) = _read(policyRemediationEvent=event)
    assert one == events.Remediation(rule=POLICY["policyName"], pack="linkerd-platform", urn=URN)
    assert "hunter" not in repr(one)


def test_the_end() -> None:
    end = {"durationSeconds": 3, "resourceChanges": {"create": 5}, "isPreview": True}
    summary = events.RunSummary(changes={"create": 5}, seconds=3, is_preview=True)
    assert _read(summaryEvent=end) == [summary]


def test_other_kinds_of_events_are_skipped() -> None:
    assert _read(preludeEvent={"config": {}}) == []
    assert _read(cancelEvent={}) == []


def test_a_log_that_a_killed_engine_left(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    assert events.read(log) == []
    whole = json.dumps({"diagnosticEvent": DIAGNOSTIC})
    log.write_text(f'{whole}\n{{"policyEvent": {{"res')
    assert len(events.read(log)) == 1


def test_a_file_that_is_not_an_event_log() -> None:
    with pytest.raises(ValueError, match="list instead of an object"):
        list(events.parse(["[]"]))
    with pytest.raises(ValueError, match="Expecting value"):
        list(events.parse(["hello"]))


def test_the_engines_options(tmp_path: Path) -> None:
    assert events.options(tmp_path / "log") == ("--event-log", str(tmp_path / "log"))

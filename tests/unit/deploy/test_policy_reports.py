from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from commands.deploy import events
from commands.reports import files as policy_reports
from commands.reports import junit, sarif
from commands.reports.verdict import Verdict
from linkerd_policies.framework.exemptions import MARK
from linkerd_policies.table import RULES

RULE = "linkerd-namespace-strict-mtls"
URN = "urn:pulumi:dev::program::kubernetes:core/v1:Namespace::shop"
TERMS = "Exempted until 2030-01-31, approved by security: the old clients move"


def _violation(rule: str = RULE, level: str = "mandatory", **changes: str) -> events.Violation:
    values = {"urn": URN, "severity": "critical", "message": "Set the policy.", **changes}
    return events.Violation(rule=rule, pack="linkerd-platform", level=level, **values)


def _judged(*rules: str, urn: str = "") -> events.Judged:
    return events.Judged(pack="linkerd-platform", urn=urn, passed=rules, failed=())


def _verdict(*log: events.Event, succeeded: bool = True) -> Verdict:
    return Verdict.collect("dev", "linkerd-platform", log, succeeded=succeeded)


def _sarif(*log: events.Event) -> dict[str, Any]:
    (run,) = sarif.document(_verdict(*log), RULES)["runs"]
    assert isinstance(run, dict)
    return run


def _junit(*log: events.Event, succeeded: bool = True) -> dict[str, ElementTree.Element]:
    root = ElementTree.fromstring(junit.document(_verdict(*log, succeeded=succeeded), RULES))
    (suite,) = root
    cases = {str(case.get("name")): case for case in suite}
    assert int(str(suite.get("tests"))) == len(cases) == len(RULES) + 1
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(str(suite.get(count))) == len(suite.findall(f"testcase/{tag}"))
        assert suite.get(count) == root.get(count)
    return cases


def test_the_verdict_of_one_pack() -> None:
    other = events.Violation(
        rule="x", pack="other", urn="", level="mandatory", severity="", message="y"
    )
    verdict = _verdict(_violation(), _violation(), other, _judged("a", urn=URN), _judged("b"))
    assert verdict.violations == (_violation(),)
    assert verdict.applied == {"a", "b"}
    assert verdict.complete
    assert not _verdict(_judged("a", urn=URN)).complete


def test_sarif_names_rule_resource_and_documentation() -> None:
    run = _sarif(_violation(), _judged())
    (result,) = run["results"]
    rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
    assert rule["id"] == result["ruleId"] == RULE
    assert f"(docs/policies.md#{RULE})" in rule["help"]["markdown"]
    assert rule["properties"]["security-severity"] == "9.5"
    assert result["level"] == "error"
    assert result["message"]["text"] == "Set the policy."
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "Pulumi.dev.yaml"
    assert location["logicalLocations"][0]["fullyQualifiedName"] == URN
    assert location["logicalLocations"][0]["name"] == "shop"
    assert run["invocations"] == [{"executionSuccessful": True}]
    assert _sarif(_violation())["invocations"] == [{"executionSuccessful": False}]


def test_sarif_tells_violations_apart() -> None:
    one, same, other = (
        _sarif(_violation(message=message))["results"][0]["partialFingerprints"]
        for message in ("a", "a", "b")
    )
    assert one == same != other


def test_sarif_shows_an_exemption_as_a_suppression() -> None:
    note = _violation(level="advisory", message=f"{TERMS}. Violation: Set the policy.")
    (result,) = _sarif(note)["results"]
    assert result["level"] == "warning"
    assert result["suppressions"] == [{"kind": "external", "justification": f"{TERMS}."}]
    assert sarif.EXEMPTED == MARK
    assert "suppressions" not in _sarif(_violation(level="advisory"))["results"][0]


def test_notes_of_the_pack_itself_have_no_rule() -> None:
    (result,) = _sarif(_violation("linkerd-policy-pack", urn=""))["results"]
    assert "ruleIndex" not in result
    assert result["locations"][0]["logicalLocations"][0]["name"] == "dev"


def test_junit_has_every_rule() -> None:
    cases = _junit(_judged(*(rule.name for rule in RULES)))
    assert set(cases) == {junit.RUN, *(rule.name for rule in RULES)}
    assert all(len(case) == 0 for case in cases.values())


def test_junit_shows_a_violation() -> None:
    violations = (_violation(), _violation(message="And the other.", urn=""))
    cases = _junit(*violations, _judged(RULE), succeeded=False)
    (failure,) = cases[RULE]
    assert failure.tag == "failure"
    assert failure.get("type") == "critical"
    assert f"docs/policies.md#{RULE}" in str(failure.get("message"))
    assert failure.text == f"{URN}: Set the policy.\nthe stack: And the other."
    assert len(cases[junit.RUN]) == 0


def test_junit_keeps_notes_beside_a_passed_rule() -> None:
    cases = _junit(_violation(level="advisory", message="A note."), _judged())
    (out,) = cases[RULE]
    assert (out.tag, out.text) == ("system-out", f"{URN}: A note.")


def test_junit_skips_a_rule_that_looked_at_nothing() -> None:
    cases = _junit(_judged(RULE))
    assert [element.tag for element in cases["linkerd-gateway-limit"]] == ["skipped"]
    assert len(cases[RULE]) == 0


@pytest.mark.parametrize(
    ("log", "succeeded", "text"),
    [
        ([], False, "The run ended before"),
        ([_judged(RULE, urn=URN)], False, "The run ended before"),
        ([_judged(RULE)], False, "but not because of a rule"),
        ([_violation(level="advisory"), _judged()], False, "but not because of a rule"),
    ],
    ids=["nothing", "one-resource", "failed", "failed-with-notes"],
)
def test_junit_is_not_green_for_a_broken_run(
    log: list[events.Event], succeeded: bool, text: str
) -> None:
    (error,) = _junit(*log, succeeded=succeeded)[junit.RUN]
    assert error.tag == "error"
    assert text in str(error.get("message"))


def test_both_files_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    files = policy_reports.write(folder, _verdict(_violation(), _judged()), RULES)
    assert [file.name for file in files] == ["policies.sarif", "policies.junit.xml"]
    assert json.loads(files[0].read_text())["version"] == "2.1.0"
    assert ElementTree.parse(files[1]).getroot().tag == "testsuites"


def test_the_event_log_is_private_and_goes() -> None:
    with policy_reports.event_log() as log:
        log.write_text("secret")
        assert log.parent.stat().st_mode & 0o077 == 0
    assert not log.parent.exists()

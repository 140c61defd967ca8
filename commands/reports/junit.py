"""The policy verdict as JUnit XML: one test case for each rule, for CI systems to show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from commands.deploy.events import Violation
from commands.reports.verdict import Verdict

if TYPE_CHECKING:
    from linkerd_policies.framework.model import Rule

RUN = "the pack judged the whole stack"


def document(verdict: Verdict, rules: Sequence[Rule]) -> bytes:
    """The whole file. A run that ended early is an error, not a list of passed rules."""
    cases = [_run_case(verdict), *(_case(rule, verdict) for rule in rules)]
    counts = {
        "tests": len(cases),
        "failures": _count(cases, "failure"),
        "errors": _count(cases, "error"),
        "skipped": _count(cases, "skipped"),
    }
    texts = {key: str(value) for key, value in counts.items()}
    root = ElementTree.Element("testsuites", texts)
    suite = ElementTree.SubElement(
        root, "testsuite", {"name": f"policies {verdict.stack}", **texts}
    )
    suite.extend(cases)
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _run_case(verdict: Verdict) -> ElementTree.Element:
    case = _element("testcase", classname="policy pack", name=RUN)
    refused = any(one.level == "mandatory" for one in verdict.violations)
    if not verdict.complete and not refused:
        _add_result(case, "error", "The run ended before the pack had judged every resource.", [])
    elif not verdict.succeeded and not refused:
        message = "The run failed, but not because of a rule: see its output."
        _add_result(case, "error", message, [])
    return case


def _case(rule: Rule, verdict: Verdict) -> ElementTree.Element:
    case = _element("testcase", classname=rule.group, name=rule.name)
    own = [one for one in verdict.violations if one.rule == rule.name]
    mandatory = [one for one in own if one.level == "mandatory"]
    notes = [one for one in own if one.level != "mandatory"]
    if mandatory:
        _add_result(case, "failure", f"{rule.display_name}: see {rule.url}", mandatory)
        case[0].set("type", rule.severity.value)
    elif rule.name not in verdict.applied and not notes:
        _add_result(case, "skipped", "The rule looked at no resource of this run.", [])
    if notes:
        out = ElementTree.SubElement(case, "system-out")
        out.text = _lines(notes)
    return case


def _add_result(
    case: ElementTree.Element, tag: str, message: str, violations: Sequence[Violation]
) -> None:
    element = ElementTree.SubElement(case, tag, {"message": message})
    element.text = _lines(violations)


def _lines(violations: Sequence[Violation]) -> str:
    return "\n".join(f"{one.urn or 'the stack'}: {one.message}" for one in violations)


def _element(tag: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.Element(tag, attributes)


def _count(cases: Sequence[ElementTree.Element], tag: str) -> int:
    return sum(case.find(tag) is not None for case in cases)

"""Exemptions, unknown values, remediation and reports in the real engine."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from commands.deploy import events
from commands.reports import files
from commands.reports.verdict import Verdict
from linkerd_policies.framework.configuration import today
from linkerd_policies.framework.pack import PACK_NAME
from linkerd_policies.table import RULES
from tests.policy.engine import Project
from tests.policy.engine_programs import BAD, GOOD, UNKNOWN

pytestmark = pytest.mark.slow

RULE = "linkerd-namespace-strict-mtls"
UNKNOWN_MAP = UNKNOWN.replace("{annotations}", "first.id.apply(lambda _: STRICT)")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("program"))


def _exemption(days: int) -> dict[str, object]:
    entry = {
        "resource": "Namespace shop",
        "reason": "the old clients move in spring",
        "expires": str(today() + timedelta(days=days)),
        "approvedBy": "security@example.com",
    }
    return {RULE: {"exemptions": [entry]}}


def test_an_exempted_violation_is_shown_and_passes(project: Project) -> None:
    run = project.run("preview", BAD[RULE], config=_exemption(30))
    assert run.status == 0, run.output
    assert "[mandatory]" not in run.output
    assert f"  {RULE}  " in run.output
    assert "approved by security@example.com: the old clients move in spring" in run.output


def test_an_unused_exemption_is_reported(project: Project) -> None:
    run = project.run("preview", GOOD, config=_exemption(30))
    assert run.status == 0, run.output
    assert "The exemption of Namespace shop" in run.output
    assert "was not needed in this run" in run.output


def test_an_expired_exemption_fails_the_run(project: Project) -> None:
    run = project.run("preview", GOOD, config=_exemption(-1))
    assert run.status != 0
    assert "the exemption of Namespace shop has expired" in run.output
    assert "Traceback" not in run.output


@pytest.mark.parametrize(("unknowns", "status"), [("report", 0), ("deny", 255)])
def test_a_rule_that_the_preview_cannot_evaluate(
    project: Project, unknowns: str, status: int
) -> None:
    config = {"linkerd-policy-pack": {"unknowns": unknowns}}
    run = project.run("preview", UNKNOWN_MAP, config=config)
    assert run.status == status, run.output
    level = "mandatory" if unknowns == "deny" else "advisory"
    assert f"[{level}]" in run.output
    assert f"Not evaluated: {RULE} cannot be checked on Namespace second" in run.output


def test_remediations_mend_what_is_written(tmp_path: Path) -> None:
    project = Project(tmp_path)
    program = BAD[RULE] + "\n" + BAD["linkerd-service-profile-retry-budget"]
    rules = (RULE, "linkerd-service-profile-retry-budget")
    config: dict[str, Any] = dict.fromkeys(rules, "remediate")
    config["linkerd-proxy-resources"] = {"enforcementLevel": "remediate", "always": True}
    run = project.run("up", program, "--yes", config=config)
    assert run.status == 0, run.output
    written = "".join(file.read_text() for file in (tmp_path / "written").rglob("*.yaml"))
    assert "config.linkerd.io/default-inbound-policy: all-authenticated" in written
    assert "retryRatio: 0.2" in written
    # The rule looks at the whole stack, and mends one namespace.
    assert "config.linkerd.io/proxy-cpu-request: 100m" in written


def test_the_reports_of_a_run(project: Project, tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    run = project.run("preview", BAD[RULE], *events.options(log))
    assert run.status != 0
    read = events.read(log)
    verdict = Verdict.collect("dev", PACK_NAME, read, succeeded=False)
    assert [(one.rule, one.level) for one in verdict.violations] == [(RULE, "mandatory")]
    assert verdict.complete
    assert RULE in verdict.applied
    assert {step.op for step in read if isinstance(step, events.Step)} == {"create"}
    sarif, junit = files.write(tmp_path, verdict, RULES)
    (result,) = json.loads(sarif.read_text())["runs"][0]["results"]
    assert result["properties"]["urn"].endswith("kubernetes:core/v1:Namespace::shop")
    cases = ElementTree.parse(junit).getroot().iter("testcase")
    assert [case.get("name") for case in cases if case.find("failure") is not None] == [RULE]

"""The real engine runs real programs against the pack, with a provider that writes YAML files.

Nothing needs a cluster: what the provider "creates" is a file, so that an empty folder proves that
a blocked run created nothing.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.policy.engine import Project
from tests.policy.engine_programs import BAD, GOOD, TWO_CLUSTERS, UNKNOWN

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_good_program_is_deployed(project: Project) -> None:
    run = project.run("up", GOOD, "--yes")
    assert run.status == 0, run.output
    assert "linkerd-platform" in run.output
    assert "[mandatory]" not in run.output
    assert len(project.written()) == 4


def test_one_violation_stops_up_by_the_rules_name(project: Project) -> None:
    """How every rule does it: test_engine_gates."""
    rule = "linkerd-no-clear-secrets"
    run = project.run("up", BAD[rule], "--yes")
    assert run.status != 0
    assert f"  {rule}  " in run.output
    assert run.output.count("[mandatory]") == run.output.count(f"  {rule}  ")
    assert "Traceback" not in run.output
    assert project.written() == []


def test_an_unknown_policy_is_refused_in_the_preview(project: Project) -> None:
    later = '{**STRICT, POLICY: first.id.apply(lambda _: "all-authenticated")}'
    run = project.run("preview", UNKNOWN.replace("{annotations}", later))
    assert run.status != 0
    assert "as a plain value" in run.output


@pytest.mark.parametrize(("policy", "status"), [("deny", 0), ("all-unauthenticated", 255)])
def test_an_unknown_map_is_checked_before_the_write(
    project: Project, policy: str, status: int
) -> None:
    later = f'first.id.apply(lambda _: {{**STRICT, POLICY: "{policy}"}})'
    program = UNKNOWN.replace("{annotations}", later)
    preview = project.run("preview", program)
    assert preview.status == 0, preview.output
    assert "can't be known during preview" in preview.output
    run = project.run("up", program, "--yes")
    assert run.status == status, run.output
    assert len(project.written()) == (2 if status == 0 else 1)


def test_a_violation_stops_an_update_of_what_is_there(project: Project) -> None:
    assert project.run("up", GOOD, "--yes").status == 0
    weaker = GOOD.replace("STRICT)", '{**STRICT, POLICY: "all-unauthenticated"})')
    assert weaker != GOOD
    run = project.run("up", weaker, "--yes")
    assert run.status != 0
    assert "  linkerd-namespace-strict-mtls  " in run.output
    (stored,) = (project.folder / "written").rglob("*namespace*.yaml")
    assert "all-authenticated" in stored.read_text()


def test_settings_are_taken_from_the_configuration(project: Project) -> None:
    program = BAD["linkerd-gateway-limit"]
    config = {"linkerd-gateway-limit": {"maxGateways": 2}}
    assert project.run("preview", program, config=config).status == 0


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"linkerd-namespace-strict-mtls": "advisory"}, "cannot be set to advisory"),
        ({"all": "disabled"}, "cannot be set to disabled"),
        (
            {"linkerd-namespace-strict-mtls": {"allowedPolicies": ["audit"]}},
            "allowedPolicies.0 must be one of the following",
        ),
        (
            {"linkerd-service-profile-retry-budget": {"maxRetryRatio": 1.5}},
            "maxRetryRatio: Must be less than or equal to 1",
        ),
        ({"linkerd-gateway-limit": {"maxGatways": 2}}, "found an unknown setting"),
    ],
)
def test_a_configuration_cannot_open_the_gates(
    project: Project, config: dict[str, object], message: str
) -> None:
    run = project.run("up", GOOD, "--yes", config=config)
    assert run.status != 0
    assert message in run.output
    assert project.written() == []


def test_a_rule_that_is_not_locked_can_advise(project: Project) -> None:
    config = {"linkerd-breaker-profile-clash": "advisory"}
    run = project.run("preview", BAD["linkerd-breaker-profile-clash"], config=config)
    assert run.status == 0
    assert "[advisory]" in run.output


def test_two_clusters_in_one_program_are_judged_apart(project: Project) -> None:
    run = project.run("preview", TWO_CLUSTERS)
    assert run.status == 0, run.output
    assert "[mandatory]" not in run.output
    one = TWO_CLUSTERS.replace('f"written/{name}"', '"written"')
    run = project.run("preview", one)
    assert run.status != 0
    assert "  linkerd-canary-one-split  " in run.output
    assert "  linkerd-workload-selectors  " in run.output

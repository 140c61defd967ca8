"""The mutation tests cover the whole pack, and what mutmut reports is read correctly."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import paths
from tools.mutation import __main__, run, targets

PACK = paths.ROOT / run.PACK
RESULTS = """\
    linkerd_policies.shared.durations.x_parse__mutmut_1: {}
    linkerd_policies.shared.durations.x_parse__mutmut_2: killed
"""


def text(name: str) -> str:
    return (paths.ROOT / name).read_text(encoding="utf-8")


def mutmut(folder: Path, script: str) -> run.Mutmut:
    """A program in mutmut's place."""
    program = folder / "mutmut"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return run.Mutmut(program=program, work=folder / "work")


@pytest.mark.parametrize(
    ("status", "is_killed"),
    [("killed", True), ("timeout", True), ("survived", False), ("no tests", False)],
)
def test_a_mutant_is_killed_by_a_failing_test_or_the_time_limit(
    tmp_path: Path, status: str, is_killed: bool
) -> None:
    program = mutmut(tmp_path, f"cat <<'END'\n{RESULTS.format(status)}END")
    assert list(program.run("shared.durations").values()) == [is_killed, True]


@pytest.mark.parametrize(
    "script",
    ["echo a test fails; exit 1", f"cat <<'END'\n{RESULTS.format('not checked')}END", "true"],
    ids=["failure", "cut short", "no mutants"],
)
def test_an_incomplete_run_has_no_score(tmp_path: Path, script: str) -> None:
    with pytest.raises(run.MutmutError):
        mutmut(tmp_path, script).run("shared.durations")


def test_the_page_names_the_version_that_is_pinned() -> None:
    pinned = re.search(r"^mutmut==(\S+)$", text("requirements-mutation.in"), re.MULTILINE)
    assert pinned
    assert f"mutmut.readthedocs.io) {pinned[1]} " in text("docs/policies-mutants.md")


def test_every_module_has_tests_that_exist_or_is_left_out() -> None:
    files = [file for file in PACK.rglob("*.py") if file.name != "__init__.py"]
    modules = {".".join(file.relative_to(PACK).with_suffix("").parts) for file in files}
    assert modules == {*targets.TESTS, *targets.LEFT_OUT}
    for module in targets.TESTS:
        for test in targets.tests_of(module, (PACK / run.source(module)).read_text()):
            assert (paths.ROOT / test.partition("::")[0]).is_file(), test


def test_mutmut_changes_the_module_and_runs_the_examples_of_its_rules() -> None:
    settings = run.settings("rules.unknown_names.profiles")
    assert 'only_mutate = ["linkerd_policies/rules/unknown_names/profiles.py"]' in settings
    assert "test_bad_example_is_refused_by_this_rule[linkerd-profile-name]" in settings
    assert "test_good_example_passes_the_rule[linkerd-path-expressions]" in settings


def test_a_module_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["retrys"]) == 2
    assert "error: retrys: no module of rules.strict_mtls.inbound_policy, " in (
        capsys.readouterr().err
    )

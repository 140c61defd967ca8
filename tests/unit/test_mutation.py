"""How the results of the mutation tests are read, and that they cover the whole pack."""

from __future__ import annotations

import json
import re

import pytest

from tools import paths
from tools.mutation import __main__, equivalent, run, targets
from tools.mutation.mutants import EQUIVALENT, KILLED, SURVIVED, WORDING, Mutant, Result, results
from tools.mutation.page import scored, updated

MUTATED = """
def x_check__mutmut_orig(value):
    yield f"Lower {value} of it."
    return value > 1

def x_check__mutmut_1(value):
    yield f"Lower {value} of it."
    return value >= 1

def x_check__mutmut_2(value):
    yield f"Lower {None} of it."
    return value > 1

class Reader:
    def xǁReaderǁread__mutmut_orig(self):
        return "key"

    def xǁReaderǁread__mutmut_1(self):
        return "XXkeyXX"
"""
BOUND = Mutant("check", "return value > 1", "return value >= 1")
KEY = Mutant("read", "return 'key'", "return 'XXkeyXX'")


def meta(**codes: int | None) -> str:
    names = {"bound": "x_check__mutmut_1", "word": "x_check__mutmut_2"}
    names["key"] = "xǁReaderǁread__mutmut_1"
    by_key = {f"linkerd_policies.one.{names[name]}": code for name, code in codes.items()}
    return json.dumps({"exit_code_by_key": by_key})


@pytest.mark.parametrize("code", [1, 3, 36, -24])
def test_a_failing_test_or_the_time_limit_kills(code: int) -> None:
    assert list(results(MUTATED, meta(bound=code))) == [Result(BOUND, KILLED)]


@pytest.mark.parametrize("code", [0, 5, 33])
def test_what_no_test_notices_survives(code: int) -> None:
    assert list(results(MUTATED, meta(bound=code, key=code))) == [
        Result(BOUND, SURVIVED),
        Result(KEY, SURVIVED),
    ]


def test_survivors_that_do_not_matter_are_told_apart() -> None:
    (word,) = results(MUTATED, meta(word=0))
    assert word.status == WORDING
    assert [one.status for one in results(MUTATED, meta(bound=0), {BOUND})] == [EQUIVALENT]
    assert [one.status for one in results(MUTATED, meta(bound=0), (), {"check"})] == [WORDING]
    assert [one.status for one in results(MUTATED, meta(bound=1), {BOUND}, {"check"})] == [KILLED]


def test_a_run_that_was_cut_short_has_no_score() -> None:
    with pytest.raises(ValueError, match="mutmut has no result for"):
        list(results(MUTATED, meta(bound=None)))


def test_the_page_keeps_the_scores_of_other_modules() -> None:
    page = __main__.PAGE.read_text(encoding="utf-8")
    found = list(results(MUTATED, meta(bound=1, word=0, key=0)))
    first = updated(page, [scored("values", found, "2030-01-15")], targets.TESTS)
    row = "| `values` | 3 | 1 | 1 | 0 | 1 | 50.0 % | 2030-01-15 |\n"
    assert row in first
    assert updated(first, [], targets.TESTS) == first
    again = updated(first, [scored("values", found[:1], "2030-01-16")], targets.TESTS)
    assert row not in again
    assert "| `values` | 1 | 1 | 0 | 0 | 0 | 100.0 % | 2030-01-16 |\n" in again


def test_the_page_names_the_version_that_is_pinned() -> None:
    pinned = re.search(r"^mutmut==(\S+)$", text("requirements-mutation.in"), re.MULTILINE)
    assert pinned
    assert f"mutmut.readthedocs.io) {pinned[1]} " in __main__.PAGE.read_text(encoding="utf-8")


def text(name: str) -> str:
    return (paths.ROOT / name).read_text(encoding="utf-8")


def test_every_module_has_tests_that_exist_or_is_left_out() -> None:
    modules = {file.stem for file in (paths.ROOT / run.PACK).glob("*.py")}
    assert modules == {*targets.TESTS, *targets.LEFT_OUT}
    for module in targets.TESTS:
        for test in targets.tests_of(module, text(f"{run.PACK}/{module}.py")):
            assert (paths.ROOT / test.partition("::")[0]).is_file(), test


def test_a_rule_s_own_cases_are_run() -> None:
    source = text(f"{run.PACK}/profiles.py")
    found = [test.partition("::")[2] for test in targets.tests_of("profiles", source)]
    assert "test_bad_example_is_refused_by_this_rule[linkerd-profile-name]" in found
    assert "test_good_example_passes_the_rule[linkerd-path-expressions]" in found


def test_every_equivalent_is_of_code_that_is_there() -> None:
    for module in targets.TESTS:
        source = re.sub(r"\s", "", text(f"{run.PACK}/{module}.py")).replace('"', "'")
        for mutant, why in equivalent.equivalents(module).items():
            assert why.endswith(".")
            assert re.sub(r"\s", "", mutant.before).replace('"', "'") in source, mutant


def test_a_module_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert __main__.main(["retrys"]) == 2
    assert "error: retrys: no module of mtls, " in capsys.readouterr().err

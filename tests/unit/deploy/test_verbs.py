"""The table of verbs: each takes its own options, and the Makefile passes them."""

from __future__ import annotations

import inspect
import re
import shlex
import subprocess
from itertools import product
from pathlib import Path

import pytest

from commands.__main__ import main
from commands.arguments import Option, Verb, parse
from commands.deploy import plans, stack
from commands.verbs import STACK, VERBS
from tools import paths

NAMES = [verb.name for verb in VERBS]
FLAGS = sorted({option.flag for verb in VERBS for option in verb.options} - {"folder"})
# Options that have no variable in the Makefile.
SCRIPTS_ONLY = {("preview", "--exit-code"), ("new-service", "--catalogue")}
VARIABLES = (
    *("STACK=dev", "YES=1", "FORCE=1", "REPORT=r", "PLAN=plan.json", "FORMAT=json", "OUT=o"),
    *("SERVICE=s", "WEIGHT=5", "NAME=n", "IMAGE=i", "PORT=1", "CALLS=c", "CALLED_BY=b", "STYLE=s"),
)


def needed(verb: Verb) -> list[str]:
    """The arguments without which the verb does not run."""
    return ["folder"] if verb.name == "drift-issue" else []


@pytest.fixture
def any_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "existing", lambda name: name)


@pytest.mark.parametrize("verb", VERBS, ids=NAMES)
def test_the_function_has_an_argument_for_each_option(verb: Verb) -> None:
    parameters = inspect.signature(verb.function()).parameters.values()
    required = {one.name for one in parameters if one.default is inspect.Parameter.empty}
    options = {option.name for option in verb.options}
    assert required <= options <= {one.name for one in parameters}


@pytest.mark.parametrize(
    "verb", [one for one in VERBS if STACK in one.options], ids=lambda verb: verb.name
)
def test_a_wrong_configuration_of_the_pack_stops_what_runs_the_pack(
    verb: Verb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(Verb, "function", lambda _: lambda **_: 0)
    (tmp_path / "policy/config").mkdir(parents=True)
    (tmp_path / "policy/config/prod.json").write_text('{"x": {}}')
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    stopped = main([verb.name, "--stack", "prod"])
    without = ("down", "drift", "status", "rollback", "canary-status")
    assert stopped == (verb.name not in without)


@pytest.mark.parametrize(
    ("verb", "flag"),
    [
        pytest.param(verb, flag, id=f"{verb.name} {flag}")
        for verb, flag in product(VERBS, FLAGS)
        if flag not in {option.flag for option in verb.options}
    ],
)
def test_a_verb_refuses_the_options_of_others(
    verb: Verb, flag: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb.name, *needed(verb), flag, "5"])
    assert ended.value.code == 1
    error = capsys.readouterr().err
    assert f"error: `{verb.name}` does not take {flag}." in error
    assert all(option.flag in error for option in verb.options)


def test_a_misspelt_option_gets_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["preview", "--fromat=json"])
    assert "does not take --fromat. Did you mean `--format`?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "allowed"),
    [([], "VERB"), (["upp"], "canary-status"), (["drift-issue"], "folder")],
)
def test_a_mistake_ends_with_1_and_says_what_is_allowed(
    arguments: list[str], allowed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 1
    assert allowed in capsys.readouterr().err.partition("error: ")[2]


@pytest.mark.parametrize("verb", VERBS, ids=NAMES)
def test_the_help_has_each_option(verb: Verb, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([verb.name, "--help"])
    assert ended.value.code == 0
    out = capsys.readouterr().out
    assert verb.help in " ".join(out.split())
    for option in verb.options:
        assert option.flag in out


def test_the_help_lists_the_verbs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    lines = [line.split()[0] for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert [line for line in lines if line in NAMES] == NAMES


@pytest.mark.usefixtures("any_plan")
@pytest.mark.parametrize("verb", VERBS, ids=NAMES)
def test_make_passes_every_option(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "find", lambda name: name)
    command = shlex.split(_printed(verb.name))
    start = command.index("-m")
    assert command[start : start + 3] == ["-m", "commands", verb.name]
    found, options = parse(VERBS, command[start + 2 :])
    assert found is verb
    left_out = {option.flag for option in verb.options if _is_default(option, options)}
    assert {(verb.name, flag) for flag in left_out} <= SCRIPTS_ONLY


def _is_default(option: Option, options: dict[str, object]) -> bool:
    return options[option.name] in (option.settings.get("default"), False, None)


def _printed(target: str) -> str:
    """What `make` would run for a target with every variable set."""
    make = ["make", "--no-print-directory", "-n", "-o", "tools", target, *VARIABLES]
    return subprocess.run(
        make, cwd=paths.ROOT, capture_output=True, text=True, check=True
    ).stdout.replace("\\\n", " ")


def test_make_has_no_other_target_of_the_commands() -> None:
    makefile = (paths.ROOT / "Makefile").read_text(encoding="utf-8")
    run = [line for line in makefile.splitlines() if "$(RUN) " in line]
    assert sorted(line.split()[1] for line in run) == sorted(NAMES)
    assert len(re.findall(r"-m commands(?!\.)", makefile)) == 1

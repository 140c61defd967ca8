"""The end of a run: each warning once and none of the plugins', what changed, and errors last."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from commands.deploy import display, events, logs, session, status
from commands.deploy.backend import Backend
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.preview import reading
from tools import paths

URN = (
    "urn:pulumi:prod::linkerd-platform::platform:index:Platform$platform:workloads:Microservice"
    "$kubernetes:apps/v1:Deployment::frontend"
)
PLUGINS = (
    "using pulumi-resource-kubernetes from $PATH at /home/ada/bin/x",
    "resource plugin kubernetes is expected to have version >=4.34.2, but has 4.25.0; "
    "the wrong version may be on your path, or this may be a bug in the plugin",
)
OUTPUT = "The engine's output is in .local/logs/up-prod.log."
GOES_ON = "Correct that, and run the same command again: it goes on from where this one stopped."


def diagnostic(message: str, urn: str = URN, severity: str = "error") -> dict[str, Any]:
    return {"diagnosticEvent": {"severity": severity, "message": message, "urn": urn}}


def parsed(*found: dict[str, Any]) -> list[events.Event]:
    return list(events.parse(json.dumps(one) for one in found))


def step(op: str = "create", *, planning: bool = False) -> dict[str, Any]:
    metadata = {"op": op, "urn": URN, "type": "kubernetes:apps/v1:Deployment"}
    return {"resourcePreEvent": {"metadata": metadata, "planning": planning}}


def violation(level: str, rule: str = "no-root") -> dict[str, Any]:
    return {
        "policyEvent": {
            "resourceUrn": URN,
            "message": "A title.\nSay who may call it.",
            "policyName": rule,
            "policyPackName": "linkerd-platform",
            "enforcementLevel": level,
            "severity": "high",
        }
    }


JUDGED = {"policyAnalyzeSummaryEvent": {"policyPackName": "p", "passed": ["no-root"]}}
END = {"summaryEvent": {"resourceChanges": {"create": 4, "update": 2, "same": 9}}}


def test_a_run_ends_with_each_warning_once_the_verdict_and_the_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    warnings = [diagnostic(text, severity="warning") for text in (*PLUGINS, "old release") * 2]
    passing = diagnostic("pods are not ready", severity="warning")
    passing["diagnosticEvent"]["ephemeral"] = True
    display.show_end("up", "prod", parsed(*warnings, passing, JUDGED, END), 75.2)
    captured = capsys.readouterr()
    assert captured.err == "warning: old release\n"
    assert captured.out == (
        "Policies: 1 rule, no violation.\n"
        f"Changed: 4 created, 2 updated. It took 1 min 15 s. {OUTPUT}\n"
    )


def test_remarks_of_the_policies_are_named_up_to_a_few(capsys: pytest.CaptureFixture[str]) -> None:
    remarks = [violation("advisory", f"rule-{number}") for number in range(8)]
    display.show_end("up", "prod", parsed(*remarks, JUDGED, {"summaryEvent": {}}), 3.0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "  [advisory] rule-0 (high): Deployment frontend"
    assert lines[-2:] == [
        "  and 3 more in the engine's output",
        f"Nothing changed. It took 3.0 s. {OUTPUT}",
    ]


def test_a_removal_has_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    display.show_end("destroy", "prod", parsed({"summaryEvent": {}}), 3.0)
    assert "olicies" not in capsys.readouterr().out


def test_a_failed_run_ends_with_what_where_why_and_what_to_do() -> None:
    log = parsed(
        diagnostic(PLUGINS[0], severity="warning"),
        step(),
        diagnostic(f"resource {URN} was not created: Deployment.apps is invalid"),
        diagnostic("update failed", urn=""),
    )
    assert display.failure("up", "prod", log, "much") == (
        "`pulumi up` failed:\n"
        "  Deployment frontend: resource Deployment frontend was not created: Deployment.apps is "
        f"invalid\n{GOES_ON}\n{OUTPUT}"
    )


def test_a_violation_is_a_reason_and_nothing_was_changed_by_a_preview() -> None:
    log = parsed(step(planning=True), violation("mandatory"), diagnostic("preview failed", urn=""))
    assert display.failure("up", "prod", log, "much") == (
        "`pulumi up` failed:\n"
        "  [mandatory] no-root (high): Deployment frontend\n"
        "      Say who may call it.\n"
        f"Nothing was changed. Correct that, and run the same command again.\n{OUTPUT}"
    )


def test_a_long_reason_is_cut_and_the_engines_last_words_are_one() -> None:
    text = display.failure("up", "prod", parsed(diagnostic("\n".join(map(str, range(90))))), "")
    assert "... 30 more lines in the engine's output" in text
    assert "  59\n" in text
    said = display.failure("up", "prod", [], "\n".join(["", *map(str, range(90)), "no such host"]))
    assert "  83\n" in said
    assert "  82\n" not in said
    assert "  no such host\n" in said
    assert "may have been killed" in display.failure("up", "prod", [], "")


@pytest.mark.parametrize(
    "command",
    [f"`pulumi state unprotect '{URN}'`", f"pulumi state delete '{URN}'"],
)
def test_a_command_to_copy_keeps_its_whole_urn(command: str) -> None:
    log = parsed(diagnostic(f"{URN} cannot be deleted, because it is protected: use {command}"))
    (error,) = reading.read(log).errors
    assert error.startswith("Deployment frontend cannot be deleted")
    assert command in error


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], tuple[Engine, Path]]:
    """An engine that runs a Python program, and the file for its events."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(logs, "FOLDER", tmp_path / "logs")
    log = tmp_path / "events"

    def made(program: str) -> tuple[Engine, Path]:
        text = f"import sys; log = open({str(log)!r}, 'w'); {program}"
        command: tuple[list[str], dict[str, str]] = ([sys.executable, "-c", text], {})
        monkeypatch.setattr(Engine, "_operation", lambda *_: command)
        backend = Backend(is_ours=False, uses_own_pulumi=True, environment={})
        return Engine(stack=cast(Any, SimpleNamespace(name="prod")), backend=backend), log

    return made


Made = Callable[[str], tuple[Engine, Path]]


def test_the_engines_output_goes_to_a_file_and_is_shown_on_demand(
    engine: Made, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made, log = engine("print('done', flush=True); sys.stderr.write('why')")
    assert made.run("up", log=log) == (0, "done\nwhy")
    assert capfd.readouterr() == ("", "")
    file = logs.file("up", "prod")
    assert file.read_text() == "done\nwhy"
    assert file.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("VERBOSE", "1")
    made.run("up", log=log)
    assert capfd.readouterr() == ("", "done\nwhy")


def test_a_failed_operation_has_the_exit_code_one_and_its_reason_last(
    engine: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    event = json.dumps(diagnostic("no such image")) + "\n"
    warning = json.dumps(diagnostic("old release", severity="warning")) + "\n"
    made, log = engine(f"log.write({event + warning!r}); sys.exit(255)")
    assert session.operate(made, "up", log=log, yes=True) == 1
    assert capsys.readouterr().err.splitlines() == [
        "warning: old release",
        "",
        "`pulumi up` failed:",
        "  Deployment frontend: no such image",
        "Nothing was changed. Correct that, and run the same command again.",
        "The engine's output is in logs/up-prod.log.",
    ]


def test_a_killed_engine_is_a_failure_that_says_so(
    engine: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    event = json.dumps(step()) + "\n"
    made, log = engine(f"log.write({event!r}); log.flush(); import os; os.kill(os.getpid(), 9)")
    assert session.operate(made, "up", log=log, yes=True) == 1
    err = capsys.readouterr().err
    assert "may have been killed" in err
    assert GOES_ON in err


def test_nothing_is_done_unless_somebody_can_be_asked(
    engine: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, log = engine("raise SystemExit('never')")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(DeployError, match="Add YES=1"):
        session.operate(made, "up", log=log, yes=False)
    assert not log.exists()


@pytest.mark.parametrize(
    ("answer", "code", "shown"), [("yes", 0, "3 created"), ("y", 1, "Nothing")]
)
def test_a_change_is_previewed_and_asked_for(
    answer: str,
    code: int,
    shown: str,
    engine: Made,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = {**step(planning=True)}
    plan["resourcePreEvent"]["metadata"]["new"] = {"custom": True, "inputs": {"kind": "x"}}
    end = {"summaryEvent": {"resourceChanges": {"create": 3}}}
    made, log = engine(f"log.write({json.dumps(plan) + chr(10) + json.dumps(end) + chr(10)!r})")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    asked: list[str] = []

    def asks(question: str) -> str:
        asked.append(question)
        return answer

    monkeypatch.setattr("builtins.input", asks)
    assert session.operate(made, "up", log=log, yes=False) == code
    assert asked == ['Change the stack "prod" like this? Type yes or no: ']
    out = capsys.readouterr().out
    assert "Preview of stack prod: 1 to create" in out
    assert shown in out


RECORDED = Path(__file__).parent / "recorded"
"""Runs of `up` by the real engine, shortened: no inputs, and few of the unchanged objects."""


def recorded(name: str) -> list[events.Event]:
    """The events of a run by the real engine, from its preview on."""
    return list(events.parse((RECORDED / f"{name}.jsonl").read_text().splitlines()))


def last_phase(name: str) -> list[events.Event]:
    """What the log holds at the end: `up` begins it anew after its preview."""
    found = recorded(name)
    ends = [n for n, e in enumerate(found) if isinstance(e, events.RunSummary) and e.is_preview]
    return found[ends[-1] + 1 :] if ends and ends[-1] + 1 < len(found) else found


@pytest.mark.parametrize(
    ("name", "changed"), [("success", "Changed: 1 created."), ("nothing", "Nothing changed.")]
)
def test_a_recorded_run_ends_in_four_lines(
    name: str, changed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    display.show_end("up", "prod", last_phase(name), 71)
    captured = capsys.readouterr()
    warnings = captured.err.splitlines()
    assert len(warnings) == len(set(warnings)) == 2
    assert all(each.startswith("warning: Pulumi.local.yaml: linkerd.release") for each in warnings)
    verdict, changes = captured.out.splitlines()
    assert verdict.endswith("no violation.")
    assert changes.startswith(changed)


def test_a_recorded_failure_names_the_object_and_the_servers_words() -> None:
    last = display.failure("up", "prod", last_phase("failure"), "much").splitlines()
    assert len(last) == 4
    assert last[1].startswith("  Deployment load-generator: ")
    assert "exceeded quota: none" in last[1]
    assert last[2:] == [GOES_ON, OUTPUT]


def test_a_recorded_violation_names_the_rule_and_nothing_was_changed() -> None:
    last = display.failure("up", "prod", last_phase("violation"), "much").splitlines()
    assert last[1].startswith("  [mandatory] linkerd-service-profile-retry-budget (")
    assert last[1].endswith("): ServiceProfile user-service")
    assert last[-2].startswith("Nothing was changed.")


def test_a_recorded_kill_is_told_from_a_failure() -> None:
    last = display.failure("up", "prod", last_phase("killed"), "much").splitlines()
    assert last[1:] == [
        "  The engine ended before it was done. It may have been killed.",
        GOES_ON,
        OUTPUT,
    ]


@pytest.mark.parametrize("local", [True, False])
def test_the_gateway_is_named_where_something_answers(local: bool) -> None:
    stack = SimpleNamespace(
        is_local=local, name="x", cluster=lambda: SimpleNamespace(kubeconfig=None)
    )
    engine = cast(Engine, SimpleNamespace(stack=stack))
    outputs = {"namespace": "shop", "gatewayUrl": "http://shop.test"}
    steps = status._next_steps(engine, outputs)
    assert ("http://shop.test" in steps) == (not local)
    assert ("nothing answers" in steps) == local

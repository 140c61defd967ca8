"""What a user sees of a run: no warning twice, none of the plugins', and the reason at the end."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from commands.deploy import display, events, session, status
from commands.deploy.engine import Engine
from commands.preview import reading

URN = (
    "urn:pulumi:prod::linkerd-platform::platform:index:Platform$platform:workloads:Microservice"
    "$kubernetes:apps/v1:Deployment::frontend"
)
PLUGINS = (
    "    warning: using pulumi-resource-kubernetes from $PATH at /home/ada/bin/x\n"
    "    warning: resource plugin kubernetes is expected to have version >=4.34.2, but has 4.25.0; "
    "the wrong version may be on your path, or this may be a bug in the plugin\n"
)
STACK = "  pulumi:pulumi:Stack (linkerd-platform-local):\n"


def shown(text: str) -> str:
    return "".join(display.shown(text.splitlines(keepends=True)))


def test_the_plugins_warnings_are_not_shown_nor_a_heading_without_text() -> None:
    text = f"Policies:\n    fine\n\nDiagnostics:\n{STACK}{PLUGINS}\nResources:\n    + 1 to create\n"
    assert shown(text) == "Policies:\n    fine\n\nResources:\n    + 1 to create\n"


def test_other_warnings_are_shown_once_also_after_the_preview() -> None:
    section = f"Diagnostics:\n{STACK}    warning: old release\n{PLUGINS}\n"
    text = f"{section}Resources:\n    + 1\n{section}Resources:\n    + 1 created\n"
    kept = f"Diagnostics:\n{STACK}    warning: old release\n\nResources:\n    + 1\n"
    assert shown(text) == f"{kept}Resources:\n    + 1 created\n"


def test_a_warning_while_the_run_goes_on_waits_for_the_diagnostics() -> None:
    passing = "    pulumi:pulumi:Stack linkerd-platform-local  warning: old release\n"
    text = f"@ updating...\n{passing}Diagnostics:\n{STACK}    warning: old release\n"
    assert shown(text) == text.replace(passing, "")


def test_an_error_after_what_is_left_out_keeps_its_headings() -> None:
    resource = "  kubernetes:apps/v1:Deployment (frontend):\n"
    text = f"Diagnostics:\n{STACK}{PLUGINS}\n{resource}    error: no\n\nResources:\n"
    assert shown(text) == f"Diagnostics:\n{resource}    error: no\n\nResources:\n"
    swapped = f"Diagnostics:\n{resource}    error: no\n\n{STACK}{PLUGINS}\nResources:\n"
    assert shown(swapped) == f"Diagnostics:\n{resource}    error: no\n\nResources:\n"


def test_colours_hide_nothing() -> None:
    coloured = PLUGINS.replace("warning:", "\x1b[38;5;11mwarning: \x1b[0m").replace("  u", " u")
    assert "using" not in shown(f"Diagnostics:\n{STACK}{coloured}\n")


def diagnostic(message: str, urn: str = URN, severity: str = "error") -> dict[str, Any]:
    return {"diagnosticEvent": {"severity": severity, "message": message, "urn": urn}}


def parsed(*found: dict[str, Any]) -> list[events.Event]:
    return list(events.parse(json.dumps(one) for one in found))


def test_a_failed_run_ends_with_what_where_why_and_what_to_do() -> None:
    log = parsed(
        diagnostic("using pulumi-resource-tls from $PATH", severity="warning"),
        diagnostic(f"resource {URN} was not created: Deployment.apps is invalid"),
        diagnostic("update failed", urn=""),
    )
    assert display.failure("up", log) == (
        "`pulumi up` failed:\n"
        "  Deployment frontend: resource Deployment frontend was not created: Deployment.apps is "
        "invalid\n"
        "Correct that, and run the same command again: it goes on from where this one stopped."
    )


def test_a_long_reason_is_cut_and_a_run_without_one_says_nothing() -> None:
    text = display.failure("up", parsed(diagnostic("\n".join(map(str, range(50))))))
    assert text is not None
    assert "... 38 more lines above" in text
    assert display.failure("up", parsed(diagnostic("update failed", urn=""))) is None


@pytest.mark.parametrize(
    "command",
    [f"`pulumi state unprotect '{URN}'`", f"pulumi state delete '{URN}'"],
)
def test_a_command_to_copy_keeps_its_whole_urn(command: str) -> None:
    log = parsed(diagnostic(f"{URN} cannot be deleted, because it is protected: use {command}"))
    (error,) = reading.read(log).errors
    assert error.startswith("Deployment frontend cannot be deleted")
    assert command in error


def test_a_failed_operation_has_the_exit_code_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "events"
    log.write_text(json.dumps(diagnostic("no such image")) + "\n")
    failed = SimpleNamespace(run=lambda *_, **__: (255, ""), stack=SimpleNamespace(name="prod"))
    assert session.operate(cast(Engine, failed), "up", log=log) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert lines[-2:] == [
        "  Deployment frontend: no such image",
        "Correct that, and run the same command again: it goes on from where this one stopped.",
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


def test_the_engines_two_streams_are_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    program = f"import sys; print({PLUGINS!r} + 'done'); sys.stderr.write('why')"
    command: tuple[list[str], dict[str, str]] = ([sys.executable, "-c", program], {})
    monkeypatch.setattr(Engine, "_operation", lambda *_: command)
    engine = Engine(stack=cast(Any, None), backend=cast(Any, None))
    assert engine.run("up") == (0, "why")
    out, err = capfd.readouterr()
    assert (out, err) == ("done\n", "why")

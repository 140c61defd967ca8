"""Plans: where they are kept, and the message after the engine refused one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from commands.__main__ import main
from commands.deploy import events, logs, plans, session
from commands.deploy.backend import Backend
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.preview.reading import UNKNOWN
from tests.support.recorded_engine import Recorded
from tests.support.recorded_engine import run as run_preview
from tools import paths

SECRET = "sk_live_4242"
URN = "urn:pulumi:prod::shop::platform:x:Platform$kubernetes:core/v1:Secret::stripe-credentials"
# As the engine says it: with both values, in clear.
CHANGED = f"resource {URN} violates plan: properties changed: =~stringData[{{map[key:{SECRET}]}}]"
OUTPUTS = (
    "resource violates plan: properties changed: ~~canaryWeights[{map[a:{30}]}!={map[a:{40}]}]"
)
EXTRA = "create is not allowed by the plan: no steps were expected for this resource"
PLAN = json.dumps({"manifest": {}, "resourcePlans": {}})
ENGINE = cast(Engine, SimpleNamespace(stack=SimpleNamespace(name="prod")))


def error(message: str, urn: str = "", severity: str = "error") -> events.Diagnostic:
    return events.Diagnostic(severity=severity, message=message, urn=urn)


def test_differences_are_named_without_their_values() -> None:
    told = plans.explain(
        ENGINE,
        Path("plan.json"),
        [
            error(CHANGED, URN),
            error(OUTPUTS, "urn:pulumi:prod::shop::platform:index:Platform::platform"),
            error(EXTRA, "urn:pulumi:prod::shop::kubernetes:core/v1:Service::web"),
            error(EXTRA),
            error(EXTRA),
        ],
    )
    assert told is not None
    assert told.splitlines()[1:5] == [
        "  stripe-credentials: stringData",
        "  platform: canaryWeights",
        "  web",
        "  a resource that is not in the plan",
    ]
    assert "`make preview STACK=prod PLAN=plan.json`" in told
    assert SECRET not in told
    assert "40" not in told


def test_other_failures_are_not_refusals_of_the_plan() -> None:
    log = [error("the API server is away"), error(CHANGED, severity="debug")]
    assert plans.explain(ENGINE, Path("plan.json"), log) is None


@pytest.fixture
def saying(tmp_path: Path) -> Engine:
    """An engine that says three lines, of which the second has a secret, and fails."""
    program = tmp_path / "pulumi"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nprint('Updating', flush=True)\n"
        f"print({CHANGED!r}, file=sys.stderr, flush=True)\nprint('more of {SECRET}')\n"
        "sys.exit(255)\n"
    )
    program.chmod(0o755)
    environment = {"PATH": str(tmp_path)}
    stack = SimpleNamespace(name="prod", file=tmp_path / "Pulumi.prod.yaml")
    backend = Backend(is_ours=False, uses_own_pulumi=True, environment=environment)
    return Engine(stack=cast(Any, stack), backend=backend)


def test_no_output_is_shown_after_the_refusal(
    saying: Engine,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("VERBOSE", "1")
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(logs, "FOLDER", tmp_path / "logs")
    log = tmp_path / "events"
    assert session.operate(saying, "up", log=log, yes=False, plan=tmp_path / "plan.json") == 1
    captured = capsys.readouterr()
    kept = logs.file("up", "prod")
    assert kept.read_text() == "Updating\n"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert captured.err.startswith("Updating\n")
    assert "`pulumi up` failed" in captured.err
    assert SECRET not in captured.out + captured.err


def test_only_its_owner_can_read_a_plan_and_an_old_one_is_deleted(tmp_path: Path) -> None:
    made, file = tmp_path / "made.json", tmp_path / "new" / "plan.json"
    made.write_text(PLAN)
    plans.save(file, made, succeeded=True)
    assert plans.existing(str(file)) == file
    assert file.stat().st_mode & 0o777 == 0o600
    plans.save(file, made, succeeded=False)
    assert not file.exists()


TLS = "urn:pulumi:prod::shop::platform:x:Identity$tls:index/privateKey:PrivateKey::issuer-key"


@pytest.mark.parametrize(
    ("urn", "planned", "left"),
    [
        (URN, {"goal": {"inputDiff": {"updates": {"spec": {"a": [UNKNOWN]}}}}}, True),
        (URN, {"goal": {"inputDiff": {"updates": {"spec": 1}}}, "steps": ["update"]}, False),
        (URN, {"goal": {}, "steps": ["same"], "state": {"id": UNKNOWN}}, False),
        (URN, {"goal": None, "steps": ["delete"]}, False),
        (TLS, {"goal": {}, "steps": ["create"]}, True),
        (TLS, {"goal": {}, "steps": ["same"]}, False),
    ],
    ids=["unknown", "known", "of the state", "deleted", "generated", "kept"],
)
def test_a_plan_with_values_known_only_during_the_run_is_not_kept(
    urn: str, planned: dict[str, Any], left: bool, tmp_path: Path
) -> None:
    made, file = tmp_path / "made.json", tmp_path / "plan.json"
    made.write_text(json.dumps({"resourcePlans": {urn: planned}}))
    named = [urn.rpartition("::")[2]] if left else []
    assert plans.save(file, made, succeeded=True) == named
    assert file.exists() is not left


def test_a_failed_preview_leaves_no_plan(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text(PLAN)
    assert run_preview(Recorded("violation", code=255), tmp_path / "log", plan=file) == 3
    assert not file.exists()


def test_a_plan_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeployError, match="The plan cannot be written to"):
        plans.save(tmp_path / "file" / "plan.json", tmp_path / "file", succeeded=True)


@pytest.mark.parametrize("content", [None, "", "[]", '{"version": 3}'])
def test_a_file_without_a_plan_is_refused_first(
    content: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "plan.json"
    if content is not None:
        file.write_text(content)
    assert main(["up", "--plan", str(file)]) == 1
    assert f"There is no plan in {file}; nothing was changed." in capsys.readouterr().err

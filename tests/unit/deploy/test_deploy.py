"""The parts of ``make up`` around the engine: stacks, backends, locks, the table."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from commands.deploy import backend, recovery, report, stack
from commands.deploy.engine import Engine
from commands.deploy.errors import DeployError
from commands.deploy.kubernetes_api import Workload
from tools import paths

OUTPUTS: dict[str, Any] = {
    "namespace": "apps",
    "services": {
        "web": {"style": "profile", "callers": [], "versions": ["v1"]},
        "api": {"style": "route", "callers": ["web"], "versions": ["v1", "v2"]},
    },
    "stores": {"db": {"kind": "redis", "callers": ["api"]}},
    "canaryWeights": {"api": 12.5},
    "linkerdRelease": {"name": "2.20", "version": "edge-26.6.3"},
}


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty checkout, and a user without backend, login or passphrase."""
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    monkeypatch.setattr(paths, "STATE", tmp_path / "state")
    for name in ("PASSPHRASE", "PULUMI_HOME", "TOOLS"):
        monkeypatch.setattr(backend, name, tmp_path / name.lower())
    for name in list(os.environ):
        if name.startswith("PULUMI_"):
            monkeypatch.delenv(name)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_a_ci_job_without_a_backend_would_lose_the_state(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dev, local = make_stack(root, "dev"), make_stack(root, "local")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(DeployError, match="PULUMI_BACKEND_URL, or PULUMI_ACCESS_TOKEN"):
        backend.choose(dev)
    assert backend.choose(local).is_ours
    monkeypatch.setenv("PULUMI_ACCESS_TOKEN", "pul-token")
    assert not backend.choose(dev).is_ours


def make_stack(root: Path, name: str, text: str = "config: {}\n") -> stack.Stack:
    (root / f"Pulumi.{name}.yaml").write_text(text)
    return stack.find(name)


def test_the_error_for_an_unknown_stack_lists_the_known_ones(root: Path) -> None:
    make_stack(root, "dev")
    make_stack(root, "prod")
    with pytest.raises(DeployError, match=r"Did you mean `prod`\?\nStacks: dev or prod"):
        stack.find("prd")


def test_the_error_for_a_broken_stack_file_has_its_line(root: Path) -> None:
    (root / "Pulumi.dev.yaml").write_text("config: {\n")
    with pytest.raises(DeployError, match=r"Pulumi\.dev\.yaml: line 2, column 1"):
        stack.find("dev")


def test_the_local_stack_keeps_its_state_in_the_checkout(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://elsewhere")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "the user's own")
    chosen = backend.choose(make_stack(root, "local"))
    assert chosen.is_ours
    state = (root / "state").as_uri()
    assert chosen.environment["PULUMI_BACKEND_URL"] == f"{state}?metadata=skip"
    assert "PULUMI_CONFIG_PASSPHRASE" not in chosen.environment
    passphrase = Path(chosen.environment["PULUMI_CONFIG_PASSPHRASE_FILE"])
    assert stat.S_IMODE(passphrase.stat().st_mode) == 0o600
    again = backend.choose(make_stack(root, "local"))
    assert again.environment["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(passphrase)
    assert passphrase.read_text() not in repr(chosen)


def test_another_stack_uses_the_users_backend(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://elsewhere")
    chosen = backend.choose(make_stack(root, "dev"))
    assert not chosen.is_ours
    assert chosen.environment["PULUMI_BACKEND_URL"] == "s3://elsewhere"


def test_a_login_of_the_user_counts_as_backend(root: Path) -> None:
    home = root / ".pulumi"
    home.mkdir()
    (home / "credentials.json").write_text(json.dumps({"current": "https://api.example.com"}))
    assert not backend.choose(make_stack(root, "dev")).is_ours


def test_without_backend_another_stack_is_kept_in_the_checkout_too(root: Path) -> None:
    assert backend.choose(make_stack(root, "dev")).is_ours


@pytest.mark.parametrize(("origin", "own"), [("path", True), ("built", False)])
def test_the_users_own_cli_keeps_its_home(root: Path, origin: str, own: bool) -> None:
    backend.TOOLS.write_text(json.dumps({"tools": {"pulumi": {"origin": origin}}}))
    chosen = backend.choose(make_stack(root, "local"))
    assert chosen.uses_own_pulumi == own
    assert ("PULUMI_HOME" in chosen.environment) != own


class Cancelled:
    """An engine of which only the lock matters."""

    def __init__(self) -> None:
        self.stack = SimpleNamespace(name="local")
        self.backend = SimpleNamespace(is_ours=True)
        self.cancelled = 0

    def cancel(self) -> None:
        self.cancelled += 1


def lock(root: Path, pid: int, host: str | None = None) -> None:
    folder = root / "state/.pulumi/locks/organization/linkerd-platform/local"
    folder.mkdir(parents=True)
    content = {
        "pid": pid,
        "username": "ada",
        "hostname": host or socket.gethostname(),
        "timestamp": "2026-01-02T03:04:05.678Z",
    }
    (folder / "1.json").write_text(json.dumps(content))


@pytest.fixture
def engine_process(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that goes by the engine's name."""
    program = tmp_path / recovery.ENGINE
    shutil.copy("/bin/sleep", program)
    process = subprocess.Popen([program, "60"])
    yield process
    process.kill()
    process.wait()


def test_the_lock_of_a_live_run_is_respected(
    root: Path, engine_process: subprocess.Popen[bytes]
) -> None:
    lock(root, engine_process.pid)
    engine = Cancelled()
    message = rf"of ada@\S+ \(process {engine_process.pid}, since 2026-01-02T03:04:05\)"
    with pytest.raises(DeployError, match=message):
        recovery.unlock(cast(Engine, engine))
    assert engine.cancelled == 0


def test_the_lock_of_another_machine_is_respected(root: Path) -> None:
    lock(root, 2**22 + 1, host="build-7.test")
    engine = Cancelled()
    with pytest.raises(DeployError, match=r"ada@build-7\.test(.|\n)*`pulumi cancel --stack local`"):
        recovery.unlock(cast(Engine, engine))
    assert engine.cancelled == 0


def test_the_lock_of_a_zombie_is_removed(
    root: Path, engine_process: subprocess.Popen[bytes]
) -> None:
    lock(root, engine_process.pid)
    engine_process.kill()
    os.waitid(os.P_PID, engine_process.pid, os.WEXITED | os.WNOWAIT)  # dead, but still a zombie
    engine = Cancelled()
    recovery.unlock(cast(Engine, engine))
    assert engine.cancelled == 1


@pytest.mark.parametrize("pid", [os.getpid(), 2**22 + 1], ids=["another program", "nobody"])
def test_the_lock_of_a_dead_run_is_removed(root: Path, pid: int) -> None:
    lock(root, pid)
    engine = Cancelled()
    recovery.unlock(cast(Engine, engine))
    assert engine.cancelled == 1


PARENT = "urn:pulumi:local::shop::platform:index:Platform::platform"
SPACE = {"type": "kubernetes:core/v1:Namespace", "parent": PARENT}
MESH_SPACE = {**SPACE, "parent": "urn:pulumi:local::shop::platform:index:Platform$x:y:Viz::viz"}
SERVICE = {"type": "platform:workloads:Microservice", "parent": PARENT}


def ended(kind: str, result: str = "succeeded") -> dict[str, str]:
    """An entry of the stack's history."""
    return {"kind": kind, "result": result}


def state_of(*resources: dict[str, Any], history: Sequence[dict[str, str]] = ()) -> Engine:
    return cast(
        Engine,
        SimpleNamespace(state=lambda: {"resources": [*resources]}, history=lambda: [*history]),
    )


@pytest.mark.parametrize(
    "history",
    [
        [ended("update")],
        [ended("destroy", "failed"), ended("update")],
        [ended("refresh"), ended("update", "failed"), ended("update"), ended("destroy")],
    ],
    ids=["killed", "failed", "refreshed"],
)
def test_up_refuses_a_half_removed_platform(history: list[dict[str, str]]) -> None:
    with pytest.raises(DeployError, match="Run `make down` again"):
        recovery.refuse_half_removed(state_of(MESH_SPACE, SPACE, history=history))
    for whole in ([], [MESH_SPACE], [MESH_SPACE, SPACE, SERVICE]):
        recovery.refuse_half_removed(state_of(*whole, history=history))


@pytest.mark.parametrize(
    "history",
    [
        [],
        [ended("update", "failed"), ended("update", "failed")],
        [ended("refresh"), ended("destroy"), ended("update")],
        [ended("update", "in-progress"), ended("destroy"), ended("update")],
        [ended("destroy", "failed"), ended("update", "failed")],
    ],
    ids=["killed", "failed", "killed in a second life", "killed there in a cloud", "half removed"],
)
def test_up_continues_a_first_run_that_failed_or_was_killed(history: list[dict[str, str]]) -> None:
    recovery.refuse_half_removed(state_of(MESH_SPACE, SPACE, history=history))


def test_up_and_down_never_lock_each_other_out() -> None:
    """A removal refuses what is protected, so this is none of `make down`."""
    protected = {**SPACE, "protect": True}
    recovery.refuse_half_removed(state_of(MESH_SPACE, protected, history=[ended("update")]))


def workload(name: str, service: str, wanted: int, ready: int) -> Workload:
    return Workload(namespace="apps", name=name, service=service, wanted=wanted, ready=ready)


def test_the_table_counts_every_version_and_names_what_is_not_ready() -> None:
    text = io.StringIO()
    found = [
        workload("web", "web", 2, 2),
        workload("api", "api", 2, 2),
        workload("api-v2", "api", 2, 1),
        workload("db", "db", 1, 1),
        Workload(namespace="linkerd", name="d", service="d", wanted=1, ready=0),
    ]
    waiting = report.show(Console(file=text, width=100), OUTPUTS, found, "next")
    assert waiting == ["apps/api-v2", "linkerd/d"]
    shown = text.getvalue()
    rows = [line.split() for line in shown.splitlines()]
    assert ["api", "3/4", "route", "web", "12.5", "%", "to", "v2"] in rows
    assert "pods ready: linkerd 0/1" in shown

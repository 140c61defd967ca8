"""A stand-in's process starts as the engine starts it, and ends with the engine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2

from tests.unit.standins.client import LAUNCHERS, SECONDS, Plugin, environment

PASSWORD = "random:index/randomPassword:RandomPassword"


def listens(port: int, address: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((address, port)) == 0


def is_gone(pid: int) -> bool:
    """Whether a process has ended, even if nobody has asked for its exit code."""
    found = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()[:1] in {"", "Z"}


@pytest.mark.parametrize("package", ["random", "tls"])
def test_the_launcher_works_through_links_and_in_any_folder(tmp_path: Path, package: str) -> None:
    """A ``tools`` package in the program's folder must not come before the project's."""
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools" / "__init__.py").write_text("raise RuntimeError('the wrong package')\n")
    (tmp_path / "bin").mkdir()
    first, second = tmp_path / "bin" / f"pulumi-resource-{package}", tmp_path / "link"
    first.symlink_to(LAUNCHERS / first.name)
    second.symlink_to(Path("bin") / first.name)
    plugin = Plugin(package, launcher=second, cwd=tmp_path)
    assert plugin.stub.GetPluginInfo(empty_pb2.Empty()).version
    assert plugin.close() == 0


def test_only_one_address_is_listened_on() -> None:
    """If it listened on all addresses, 127.0.0.2 would answer too."""
    plugin = Plugin("random")
    assert listens(plugin.port)
    assert not listens(plugin.port, "127.0.0.2")
    plugin.close()


def test_the_end_of_stdin_ends_it() -> None:
    plugin = Plugin("random")
    assert plugin.close() == 0
    assert not listens(plugin.port)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it(number: signal.Signals) -> None:
    plugin = Plugin("random")
    plugin.process.send_signal(number)
    assert plugin.process.wait(SECONDS) == 0
    assert plugin.process.stderr
    assert plugin.process.stderr.read() == ""
    plugin.close()


def test_a_cancellation_refuses_new_work_and_waits_for_the_engine() -> None:
    """The engine reports a plugin that ends too early as crashed."""
    plugin = Plugin("random")
    plugin.stub.Cancel(empty_pb2.Empty())
    assert not plugin.check(PASSWORD, {"length": 8})[1]
    with pytest.raises(grpc.RpcError, match="the operation was cancelled"):
        plugin.create(PASSWORD, {"length": 8})
    plugin.process.send_signal(signal.SIGINT)
    assert plugin.process.wait(SECONDS) == 0
    plugin.close()


@pytest.mark.parametrize("attempt", range(5))
def test_the_end_of_the_parent_ends_it(attempt: int) -> None:
    """An engine that is killed as soon as it knows the port leaves no plugin; stdin is no pipe."""
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.argv[1]], stdin=subprocess.DEVNULL, stdout=sys.stdout)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(LAUNCHERS / "pulumi-resource-random")],
        stdout=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert parent.stdout
    pid, port = int(parent.stdout.readline()), int(parent.stdout.readline())
    parent.kill()
    assert parent.wait(SECONDS) == -signal.SIGKILL
    end = time.monotonic() + SECONDS
    while not is_gone(pid) and time.monotonic() < end:
        time.sleep(0.1)
    parent.stdout.close()
    assert is_gone(pid), f"attempt {attempt}: process {pid} is still there"
    assert not listens(port)


def test_a_missing_python_package_is_named(tmp_path: Path) -> None:
    bare = tmp_path / "python3"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S -I "$@"\n')
    bare.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    found = subprocess.run(
        [str(LAUNCHERS / "pulumi-resource-tls")],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert found.returncode == 1
    assert found.stdout == ""
    assert "lacks the Python package" in found.stderr
    assert "requirements-dev.txt" in found.stderr
    assert "Traceback" not in found.stderr


def test_another_package_is_refused() -> None:
    found = subprocess.run(
        [sys.executable, str(LAUNCHERS.parent), "aws"],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert found.returncode == 2
    assert "random|tls" in found.stderr

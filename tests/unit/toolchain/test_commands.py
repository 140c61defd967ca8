from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tools.toolchain.commands import AGAIN, TAIL, TIMED_OUT, Commands, failure, hint
from tools.toolchain.errors import Cancelled, ToolchainError
from tools.toolchain.pins import PINS


@pytest.mark.parametrize(
    ("log", "advice"),
    [
        ("write /x: no space left on device", "The disk is full"),
        ("verifying a/b@v1: checksum mismatch\nSECURITY ERROR", "not what is pinned"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "not what is pinned"),
        ("Get proxy: dial tcp: lookup x: no such host", "cannot be reached"),
        ("go: go.mod requires go >= 1.26.0 (running go 1.25.1)", "A newer Go"),
        ("compile: signal: killed", "out of memory"),
        ("ERROR: No matching distribution found for x==1", "pip's index does not offer"),
        ("x.go:3: undefined: y", "Fix what the log names"),
    ],
)
def test_end_of_the_log_decides_the_advice(log: str, advice: str) -> None:
    assert advice in hint(log)


def test_failure_shows_the_tail_the_log_and_no_password(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    lines = [f"line {number}" for number in range(50)]
    log.write_text("\n".join([*lines, "Get https://user:secret@proxy.test/x: i/o timeout"]))
    text = failure("`go build` failed", log)
    assert "secret" not in text
    assert "https://***@proxy.test/x" in text
    assert "line 49" in text
    assert f"line {50 - TAIL}\n" not in text
    assert str(log) in text
    assert text.endswith(AGAIN)


def run(tmp_path: Path, command: list[str], output: Path | None = None) -> str:
    """Runs a command; returns its log."""
    log = tmp_path / "x.log"
    Commands().run(command, cwd=tmp_path, env=os.environ, log=log, output=output)
    return log.read_text()


def test_output_goes_to_the_log_or_to_the_file(tmp_path: Path) -> None:
    script = "import sys; print('out'); print('err', file=sys.stderr)"
    command = [sys.executable, "-c", script]
    assert {"out", "err"} < set(run(tmp_path, command).splitlines())
    log = run(tmp_path, command, output=tmp_path / "file")
    assert (tmp_path / "file").read_text() == "out\n"
    assert log.splitlines().count("out") == 1
    assert log.splitlines().count("err") == 2


@pytest.mark.parametrize(("command", "code"), [("false", 1), ("no-such-command-anywhere", 127)])
def test_failed_command_is_an_error(tmp_path: Path, command: str, code: int) -> None:
    with pytest.raises(ToolchainError, match=f"ended with code {code}"):
        run(tmp_path, [command])


def test_command_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    began = time.monotonic()
    code = Commands().code(["sleep", "60"], cwd=tmp_path, env=os.environ, timeout=0.5)
    assert code == TIMED_OUT
    assert time.monotonic() - began < 10


def test_exit_code_of_the_command_is_kept(tmp_path: Path) -> None:
    commands = Commands()
    assert commands.code(["sh", "-c", "exit 7"], cwd=tmp_path, env=os.environ) == 7
    assert commands.code(["sh", "-c", "kill -9 $$"], cwd=tmp_path, env=os.environ) == 128 + 9


def test_stop_ends_a_command_that_ignores_the_interrupt(tmp_path: Path) -> None:
    commands = Commands()
    started = tmp_path / "started"
    script = f"trap '' INT; touch {started}; while :; do sleep 1; done"
    outcome: list[BaseException] = []

    def run() -> None:
        try:
            commands.code(["sh", "-c", script], cwd=tmp_path, env=os.environ)
        except Cancelled as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while not started.exists():
        time.sleep(0.02)
    commands.stop()
    thread.join(10)
    assert len(outcome) == 1
    pattern = f"touch {started}"
    assert subprocess.run(["pgrep", "-f", pattern], stdout=subprocess.DEVNULL).returncode == 1
    with pytest.raises(Cancelled):
        commands.code(["true"], cwd=tmp_path, env=os.environ)


def test_no_recipe_shares_its_log_with_another() -> None:
    names = [recipe.name for recipe in PINS.recipes()]
    assert len(names) == len(set(names))

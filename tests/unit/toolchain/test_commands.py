from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tools.toolchain.children import Children
from tools.toolchain.commands import AGAIN, TAIL, Commands, failure, hint
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
        ("ERROR: No matching distribution found for x==1", "cannot be had from pip's index"),
        ("x.go:3: undefined: y", "Mend what the log names"),
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


def commands(tmp_path: Path) -> Commands:
    return Commands(Children(), os.environ, tmp_path / "logs" / "x.log")


def test_output_goes_to_the_log_or_to_the_file(tmp_path: Path) -> None:
    run = commands(tmp_path)
    script = "import sys; print('out'); print('err', file=sys.stderr)"
    command = [sys.executable, "-c", script]
    run.run(command, cwd=tmp_path, env=run.env)
    assert {"out", "err"} < set(run.log.read_text().splitlines())
    run.run(command, cwd=tmp_path, env=run.env, output=tmp_path / "file")
    assert (tmp_path / "file").read_text() == "out\n"
    assert run.log.read_text().splitlines().count("out") == 1


@pytest.mark.parametrize("command", [["false"], ["no-such-command-anywhere"]])
def test_failed_command_is_an_error(tmp_path: Path, command: list[str]) -> None:
    run = commands(tmp_path)
    with pytest.raises(ToolchainError, match="ended with code 1"):
        run.run(command, cwd=tmp_path, env=run.env)


def test_child_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    began = time.monotonic()
    code = Children().run(["sleep", "60"], cwd=tmp_path, env=os.environ, timeout=0.5)
    assert code == 124
    assert time.monotonic() - began < 10


def test_exit_code_of_the_command_is_kept(tmp_path: Path) -> None:
    children = Children()
    assert children.run(["sh", "-c", "exit 7"], cwd=tmp_path, env=os.environ) == 7
    assert children.run(["sh", "-c", "kill -9 $$"], cwd=tmp_path, env=os.environ) == 128 + 9


def test_stop_ends_a_child_that_ignores_the_interrupt(tmp_path: Path) -> None:
    children = Children()
    started = tmp_path / "started"
    script = f"trap '' INT; touch {started}; while :; do sleep 1; done"
    outcome: list[BaseException] = []

    def run() -> None:
        try:
            children.run(["sh", "-c", script], cwd=tmp_path, env=os.environ)
        except Cancelled as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while not started.exists():
        time.sleep(0.02)
    children.stop()
    thread.join(10)
    assert len(outcome) == 1
    pattern = f"touch {started}"
    assert subprocess.run(["pgrep", "-f", pattern], stdout=subprocess.DEVNULL).returncode == 1
    with pytest.raises(Cancelled):
        children.run(["true"], cwd=tmp_path, env=os.environ)


def test_no_recipe_shares_its_log_with_another() -> None:
    names = [recipe.name for recipe in PINS.recipes()]
    assert len(names) == len(set(names))

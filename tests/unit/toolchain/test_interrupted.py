"""What a run that ends early leaves, and that the next run succeeds."""

from __future__ import annotations

import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.toolchain import sample
from tools.toolchain import environment
from tools.toolchain.model import Layout

pytestmark = pytest.mark.slow

PATIENCE = 20.0  # seconds


@pytest.fixture
def places(tmp_path: Path) -> Layout:
    return sample.write(tmp_path)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[dict[str, str]], subprocess.Popen[str]]]:
    running = []

    def start(env: dict[str, str]) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.unit.toolchain.sample", str(tmp_path), "1.2.3"]
        child = subprocess.Popen(
            command,
            cwd=sample.PROJECT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A shell starts background jobs with SIGINT ignored, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        running.append(child)
        return child

    yield start
    for child in running:
        if child.poll() is None:
            child.kill()
        child.communicate()


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "timed out"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text()
    except ProcessLookupError:  # gone, at once or between the two looks
        return False
    except FileNotFoundError:  # gone in between, or a system without /proc
        return not Path("/proc/self/stat").exists()
    return stat.rpartition(")")[2].split()[0] != "Z"


def stuck(root: Path) -> dict[str, str]:
    """An environment whose `go build` hangs and notes its pid and that of its child."""
    note = root / "pids"
    return sample.go_that_first(
        root, f"sleep 300 & echo $$ $! > {note}.new; mv {note}.new {note}; wait"
    )


def pids(root: Path) -> list[int]:
    until((root / "pids").exists)
    return [int(pid) for pid in (root / "pids").read_text().split()]


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGKILL, -9, ""),
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
    ],
)
def test_signal_ends_all_children_and_the_next_run_builds(
    places: Layout,
    tmp_path: Path,
    start: Callable[[dict[str, str]], subprocess.Popen[str]],
    number: signal.Signals,
    code: int,
    word: str,
) -> None:
    first = start(stuck(tmp_path))
    compilers = pids(tmp_path)
    assert all(alive(pid) for pid in compilers)
    assert [name[:7] for name in sample.made(places)] == [".hello-"]  # the scratch folder
    first.send_signal(number)
    text = first.communicate(timeout=PATIENCE)[0]
    assert first.returncode == code
    assert word in text
    assert "Traceback" not in text
    until(lambda: not any(alive(pid) for pid in compilers))
    assert not (places.bin / "hello").exists()

    second = start(dict(os.environ))
    assert "Making hello" in second.communicate(timeout=PATIENCE)[0]
    assert second.returncode == 0
    assert [name[:6] for name in sample.made(places)] == ["hello-"]


def test_two_runs_at_once_build_once(
    places: Layout,
    tmp_path: Path,
    start: Callable[[dict[str, str]], subprocess.Popen[str]],
) -> None:
    builds = tmp_path / "builds"
    env = sample.go_that_first(tmp_path, f"echo x >> {builds}; sleep 1.5")
    first = start(env)
    until(builds.exists)
    second = start(env)
    first_text = first.communicate(timeout=PATIENCE)[0]
    second_text = second.communicate(timeout=PATIENCE)[0]
    assert (first.returncode, second.returncode) == (0, 0)
    assert builds.read_text().splitlines() == ["x"]
    assert "waiting" not in first_text
    assert f"waiting for process {first.pid}, which is making hello" in second_text
    assert (places.bin / "hello").exists()


def test_real_environment_is_made_repaired_and_kept(
    places: Layout,
    start: Callable[[dict[str, str]], subprocess.Popen[str]],
) -> None:
    (places.venv / environment.STAMP).unlink()  # as after a run that was killed
    leftover = places.venv / "lib" / "half"
    leftover.parent.mkdir()
    leftover.write_text("")
    child = start(dict(os.environ))
    text = child.communicate(timeout=60)[0]
    assert child.returncode == 0, text
    assert "Making hello, Python environment: " in text
    assert not leftover.exists()
    python = places.venv / "bin" / "python"
    answer = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, text=True)
    assert str(places.venv.resolve()) in answer.stdout
    assert environment.ready(places)
    again = start(dict(os.environ))
    assert len(again.communicate(timeout=PATIENCE)[0].splitlines()) == 1
    (places.root / "requirements.txt").write_text("# another pin\n")
    assert not environment.ready(places)


def test_environment_that_a_link_leads_to_is_left_alone(
    places: Layout,
    tmp_path: Path,
    start: Callable[[dict[str, str]], subprocess.Popen[str]],
) -> None:
    others = tmp_path / "others"
    places.venv.rename(others)
    places.venv.symlink_to(others)
    (others / environment.STAMP).write_text("of other pins")
    child = start(dict(os.environ))
    assert child.communicate(timeout=60)[0]
    assert child.returncode == 0
    assert not places.venv.is_symlink()
    assert (others / environment.STAMP).read_text() == "of other pins"
    assert environment.ready(places)


def test_environment_of_another_interpreter_is_not_ready(
    places: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert environment.ready(places)
    monkeypatch.setattr(platform, "python_version", lambda: "3.99.0")
    assert not environment.ready(places)

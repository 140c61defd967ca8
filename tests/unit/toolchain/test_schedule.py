from __future__ import annotations

import io
import re
import threading
import time

import pytest

from tools.toolchain import schedule
from tools.toolchain.commands import Commands
from tools.toolchain.errors import Cancelled, ToolchainError
from tools.toolchain.schedule import Job, Progress


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def nothing() -> None: ...


class Terminal(io.StringIO):
    """Its line is rewritten."""

    def isatty(self) -> bool:
        return True

    @property
    def line(self) -> str:
        return self.getvalue().rpartition("\x1b[2K")[2]


def minutes_to_go(out: Terminal) -> int:
    """What the line says."""
    found = re.search(r"about (\d+) min to go", out.line)
    assert found
    return int(found[1])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def out() -> Terminal:
    return Terminal()


def progress(out: Terminal, clock: Clock, cores: int = 2) -> Progress:
    made = Progress(out, cores, clock)
    made.expect([Job("large", 8.0, nothing), Job("small", 2.0, nothing)])
    return made


def test_the_line_names_the_jobs_the_count_and_the_time(out: Terminal, clock: Clock) -> None:
    shown = progress(out, clock)
    assert out.getvalue() == "Making large, small: about 10 min\n"
    shown.started("large")
    assert minutes_to_go(out) == 10
    clock.now = 30.0
    shown.beat()
    assert out.line == "0 of 2 made, about 10 min to go: large 30 s"
    clock.now = 75.0
    shown.finished("large")
    shown.started("small")
    assert out.line == "1 of 2 made, about 2 min to go: small 0.0 s"


def test_a_build_of_minutes_prints_a_few_lines_without_a_terminal(clock: Clock) -> None:
    out = io.StringIO()
    shown = Progress(out, 2, clock)
    shown.expect([Job("large", 20.0, nothing)])
    shown.started("large")
    for clock.now in range(20 * 60):
        shown.beat()
    lines = out.getvalue().splitlines()
    assert lines[1] == "0 of 1 made, about 20 min to go: large 15 s"
    assert 5 < len(lines) < 10


def test_time_that_has_passed_counts_and_more_cores_take_less(out: Terminal, clock: Clock) -> None:
    shown = progress(out, clock)
    shown.started("large")
    clock.now = 4 * 60.0  # of 8 minutes, beside another job
    shown.beat()
    assert minutes_to_go(out) == 8
    clock.now = 60 * 60.0  # an estimate that is passed leaves the others
    shown.beat()
    assert minutes_to_go(out) == 2
    progress(out, clock, cores=8).started("large")
    assert minutes_to_go(out) == 2  # a quarter of ten


def test_a_long_job_is_shown_while_it_runs_and_not_afterwards(out: Terminal) -> None:
    def slow() -> None:
        end = time.monotonic() + 5
        while "slow 0.2" not in out.getvalue():
            assert time.monotonic() < end
            time.sleep(0.01)

    schedule.run([Job("slow", 1, slow)], Commands(), Progress(out, 2), 1)
    assert out.line == ""


def run(jobs: list[Job], builders: int, commands: Commands | None = None) -> None:
    schedule.run(jobs, commands or Commands(), Progress(io.StringIO(), 2), builders)


def test_fetches_run_first_and_then_the_longest_builds() -> None:
    order: list[str] = []

    def job(label: str, minutes: float, *, compiles: bool = True) -> Job:
        return Job(label, minutes, lambda: order.append(label), compiles)

    jobs = [job("short", 1), job("long", 9), job("middle", 5), job("fetch", 0.1, compiles=False)]
    run(jobs, builders=1)
    assert order == ["fetch", "long", "middle", "short"]


def test_two_builders_run_side_by_side() -> None:
    both = threading.Barrier(2, timeout=5)

    def meet() -> None:
        both.wait()

    run([Job(name, 1, meet) for name in "ab"], builders=2)
    assert both.broken is False


def test_first_failure_stops_the_rest_and_is_the_one_reported() -> None:
    commands = Commands()
    started = threading.Event()

    def long() -> None:
        started.set()
        assert commands.stopped.wait(10)
        raise Cancelled

    def fails() -> None:
        assert started.wait(5)
        raise ToolchainError("the cause")

    ran: list[str] = []
    jobs = [Job("long", 9, long), Job("fails", 5, fails), Job("never", 1, lambda: ran.append("x"))]
    began = time.monotonic()
    with pytest.raises(ToolchainError, match="the cause"):
        run(jobs, builders=2, commands=commands)
    assert time.monotonic() - began < 5
    assert ran == []

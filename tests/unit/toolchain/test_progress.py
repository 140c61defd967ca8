from __future__ import annotations

import io
import threading
import time

import pytest

from tools.toolchain.children import Children
from tools.toolchain.errors import Cancelled, ToolchainError
from tools.toolchain.progress import HEARTBEAT, Progress, duration
from tools.toolchain.schedule import Job, run


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def progress(out: io.StringIO, clock: Clock, cores: int = 2) -> Progress:
    return Progress(out, {"large": 8.0, "small": 2.0}, cores, clock)


def test_start_tells_number_rest_and_time() -> None:
    out = io.StringIO()
    progress(out, Clock()).started("large")
    assert out.getvalue() == "making large (1 of 2, 1 left, about 10 min to go)\n"


def test_more_cores_take_less_time() -> None:
    out = io.StringIO()
    progress(out, Clock(), cores=8).started("large")
    assert "about 2 min to go" in out.getvalue()


def test_heartbeat_comes_only_when_nothing_else_was_said() -> None:
    out, clock = io.StringIO(), Clock()
    told = progress(out, clock)
    told.started("large")
    clock.now = HEARTBEAT - 1
    told.tick()
    assert len(out.getvalue().splitlines()) == 1
    clock.now = HEARTBEAT
    told.tick()
    told.tick()
    assert out.getvalue().splitlines()[1:] == [
        "0 of 2 made; large 30 s; about 10 min to go",
    ]


def test_terminal_gets_one_live_line_that_is_taken_away() -> None:
    out, clock = Terminal(), Clock()
    told = progress(out, clock)
    told.started("large")
    for clock.now in (1.0, 2.0):
        told.tick()
    told.finished("large")
    text = out.getvalue()
    assert text.count("\r\x1b[K  0 of 2 made; large ") == 2
    assert text.endswith("\r\x1b[Kmade large in 2.0 s\n")


def test_summary_has_the_time_of_each_longest_first() -> None:
    out, clock = io.StringIO(), Clock()
    told = progress(out, clock)
    told.started("small")
    clock.now = 5.0
    told.finished("small")
    told.started("large")
    clock.now = 80.0
    told.finished("large")
    assert told.summary() == "1 min 20 s in all: large 1 min 15 s, small 5.0 s"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.31, "0.3 s"), (59.6, "1 min 0 s"), (12.2, "12 s"), (605, "10 min 5 s")]
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def schedule(jobs: list[Job], builders: int, children: Children | None = None) -> None:
    told = Progress(io.StringIO(), {job.label: job.minutes for job in jobs}, 2)
    run(jobs, children or Children(), told, builders)


def test_builds_run_longest_first_with_helpers_beside() -> None:
    order: list[str] = []
    beside = threading.Event()

    def build(label: str, minutes: float) -> Job:
        return Job(label, minutes, lambda: order.append(label))

    def first() -> None:
        assert beside.wait(5)
        order.append("long")

    jobs = [
        build("short", 1),
        Job("long", 9, first),
        build("middle", 5),
        Job("beside", 0.1, beside.set, compiles=False),
    ]
    schedule(jobs, builders=1)
    assert order == ["long", "middle", "short"]


def test_two_builders_run_side_by_side() -> None:
    both = threading.Barrier(2, timeout=5)

    def meet() -> None:
        both.wait()

    schedule([Job(name, 1, meet) for name in "ab"], builders=2)
    assert both.broken is False


def test_first_failure_stops_the_rest_and_is_the_one_told() -> None:
    children = Children()
    started = threading.Event()

    def long() -> None:
        started.set()
        assert children.stopped.wait(10)
        raise Cancelled

    def fails() -> None:
        assert started.wait(5)
        raise ToolchainError("the cause")

    ran: list[str] = []
    jobs = [Job("long", 9, long), Job("fails", 5, fails), Job("never", 1, lambda: ran.append("x"))]
    began = time.monotonic()
    with pytest.raises(ToolchainError, match="the cause"):
        schedule(jobs, builders=2, children=children)
    assert time.monotonic() - began < 5
    assert ran == []

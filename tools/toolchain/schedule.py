"""Runs jobs side by side, shows how far they are, and stops all when one fails."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TextIO

from tools.live import TICK, Line, duration
from tools.toolchain.commands import Commands
from tools.toolchain.errors import Cancelled

CORES = 2  # the estimates are for this many
ROOMY = 6 * 2**30  # bytes of memory that two large builds at once need


@dataclass(frozen=True)
class Job:
    """Something to make. ``minutes`` is an estimate for two cores."""

    label: str
    minutes: float
    run: Callable[[], None]
    compiles: bool = True


class Progress:
    """Names the jobs, and shows in one line how far they are. Safe for threads."""

    def __init__(
        self, out: TextIO, cores: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._line = Line(out, clock)
        self._cores = cores
        self._clock = clock
        self._left: dict[str, float] = {}
        self._total = 0
        self._began: dict[str, float] = {}
        self._lock = threading.RLock()

    def expect(self, jobs: Sequence[Job]) -> None:
        self._left = {job.label: job.minutes for job in jobs}
        self._total = len(jobs)
        self._line.say(f"Making {', '.join(self._left)}: about {self._minutes_to_go()} min")

    def started(self, label: str) -> None:
        with self._lock:
            self._began[label] = self._clock()
        self.beat()

    def finished(self, label: str) -> None:
        with self._lock:
            del self._left[label]
            del self._began[label]

    def say(self, text: str) -> None:
        """Prints a line of its own."""
        self._line.say(text)

    def waiting(self, name: str, holder: str) -> None:
        self.say(f"waiting for {holder}, which is making {name}")

    def beat(self) -> None:
        """Shows what runs, and for how long."""
        with self._lock:
            now = self._clock()
            running = [f"{label} {duration(now - at)}" for label, at in self._began.items()]
            made = self._total - len(self._left)
            to_go = f"about {self._minutes_to_go()} min to go"
            self._line.show(f"{made} of {self._total} made, {to_go}: {', '.join(running)}")

    def clear(self) -> None:
        """Removes the line from a terminal."""
        self._line.clear()

    def _minutes_to_go(self) -> int:
        now = self._clock()
        left = 0.0
        for label, minutes in self._left.items():
            spent = (now - self._began.get(label, now)) / 60
            left += max(minutes - spent / CORES, 0.0)  # two jobs share the cores
        return max(1, round(left * CORES / self._cores))


def run(jobs: Sequence[Job], commands: Commands, progress: Progress, builders: int) -> None:
    """Runs ``builders`` jobs at a time: first those that only fetch, then the longest builds.

    Raises:
        ToolchainError: of the first job that failed, after the others have been stopped.
        KeyboardInterrupt: and the like, after all jobs have been stopped.
    """

    def work(job: Job) -> None:
        progress.started(job.label)
        job.run()
        progress.finished(job.label)

    progress.expect(jobs)
    with ThreadPoolExecutor(builders) as pool:
        queue = sorted(jobs, key=lambda job: (job.compiles, -job.minutes))
        pending = {pool.submit(work, job) for job in queue}
        try:
            while pending:
                done, pending = wait(pending, TICK, FIRST_COMPLETED)
                _raise_first(done)
                if not done:
                    progress.beat()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            commands.stop()
            raise
        finally:
            progress.clear()


def builders() -> int:
    """How many builds run at once: 2, or 1 where there is one core or little memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return 2 if (os.cpu_count() or 1) > 1 and memory >= ROOMY else 1


def _raise_first(done: set[Future[None]]) -> None:
    failures = [error for future in done if (error := future.exception())]
    # A job that was cancelled because another one failed is not the cause.
    for error in sorted(failures, key=lambda error: isinstance(error, Cancelled)):
        raise error

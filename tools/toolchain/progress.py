"""Tells what is being made, for how long, and how long it may still take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TextIO

HEARTBEAT = 30.0  # seconds between lines where there is no terminal
CORES = 2  # that the estimates are for


@dataclass
class _State:
    minutes: float
    began: float | None = None
    ended: float | None = None


class Progress:
    """Lines for the start and end of each job; between them a live line, or a heartbeat.

    ``jobs`` gives each label its estimate in minutes on two cores. Safe to call from any thread.
    """

    def __init__(
        self,
        out: TextIO,
        jobs: Mapping[str, float],
        cores: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._out = out
        self._live = out.isatty()
        self._cores = cores
        self._clock = clock
        self._lock = threading.RLock()
        self._jobs = {label: _State(minutes) for label, minutes in jobs.items()}
        self._began = self._told = clock()
        self._drawn = False

    def started(self, label: str) -> None:
        with self._lock:
            self._jobs[label].began = self._clock()
            number = sum(job.began is not None for job in self._jobs.values())
            total = len(self._jobs)
            self.say(
                f"making {label} ({number} of {total}, {total - number} left, {self._to_go()})"
            )

    def finished(self, label: str) -> None:
        with self._lock:
            job = self._jobs[label]
            job.ended = self._clock()
            began = job.ended if job.began is None else job.began
            self.say(f"made {label} in {duration(job.ended - began)}")

    def waiting(self, name: str, holder: str) -> None:
        self.say(f"waiting for {holder}, which is making {name}")

    def tick(self) -> None:
        """Redraws the live line, or prints a heartbeat when it is due."""
        with self._lock:
            now = self._clock()
            if self._live:
                self._out.write(f"\r\x1b[K  {self._status(now)}")
                self._out.flush()
                self._drawn = True
            elif now - self._told >= HEARTBEAT:
                self.say(self._status(now))

    def say(self, text: str) -> None:
        """Prints one line."""
        with self._lock:
            self._clear()
            self._told = self._clock()
            self._out.write(f"{text}\n")
            self._out.flush()

    def close(self) -> None:
        """Takes the live line away."""
        with self._lock:
            self._clear()
            self._out.flush()

    def summary(self) -> str:
        """One line with the time that each job took, longest first."""
        took = {
            label: job.ended - job.began
            for label, job in self._jobs.items()
            if job.began is not None and job.ended is not None
        }
        ordered = sorted(took.items(), key=lambda item: -item[1])
        each = ", ".join(f"{label} {duration(seconds)}" for label, seconds in ordered)
        return f"{duration(self._clock() - self._began)} in all: {each}"

    def _clear(self) -> None:
        if self._drawn:
            self._out.write("\r\x1b[K")
            self._drawn = False

    def _status(self, now: float) -> str:
        running = [
            f"{label} {duration(now - job.began)}"
            for label, job in self._jobs.items()
            if job.began is not None and job.ended is None
        ]
        done = sum(job.ended is not None for job in self._jobs.values())
        return f"{done} of {len(self._jobs)} made; {', '.join(running)}; {self._to_go()}"

    def _to_go(self) -> str:
        now = self._clock()
        left = sum(_left(job, now) for job in self._jobs.values()) * CORES / max(self._cores, 1)
        return f"about {left:.0f} min to go" if left >= 1.5 else "about a minute to go"


def _left(job: _State, now: float) -> float:
    """Minutes of work left in a job, by its estimate."""
    if job.ended is not None:
        return 0.0
    spent = 0.0 if job.began is None else (now - job.began) / 60
    return max(job.minutes - spent / CORES, 0.0)  # two jobs share the cores


def duration(seconds: float) -> str:
    """``75.2`` as ``1 min 15 s``, ``0.31`` as ``0.3 s``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"

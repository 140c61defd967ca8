"""Runs jobs side by side, longest first, and stops all when one fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from tools.toolchain.children import Children
from tools.toolchain.errors import Cancelled
from tools.toolchain.progress import Progress

TICK = 0.5  # seconds
ROOMY = 6 * 2**30  # bytes; two large builds at once need as much


@dataclass(frozen=True)
class Job:
    """Something to make: how long it takes on two cores, in minutes, and whether it compiles."""

    label: str
    minutes: float
    run: Callable[[], None]
    compiles: bool = True


def run(jobs: Sequence[Job], children: Children, progress: Progress, builders: int) -> None:
    """Runs ``jobs``: ``builders`` of those that compile at a time, the others beside them.

    Raises:
        ToolchainError: of the first job that failed, when the others have been stopped.
        KeyboardInterrupt: and the like, when all jobs have been stopped.
    """
    queue = sorted(jobs, key=lambda job: -job.minutes)
    others = sum(not job.compiles for job in queue)
    with (
        ThreadPoolExecutor(builders) as compilers,
        ThreadPoolExecutor(max(1, others)) as helpers,
    ):
        pending = {
            (compilers if job.compiles else helpers).submit(_run, job, progress) for job in queue
        }
        try:
            _watch(pending, progress)
        except BaseException:
            for future in pending:
                future.cancel()
            children.stop()
            raise


def builders() -> int:
    """How many builds run at once: 2, or 1 where there is one core or little memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return 2 if (os.cpu_count() or 1) > 1 and memory >= ROOMY else 1


def _run(job: Job, progress: Progress) -> None:
    progress.started(job.label)
    job.run()
    progress.finished(job.label)


def _watch(pending: set[Future[None]], progress: Progress) -> None:
    while pending:
        done, pending = wait(pending, timeout=TICK, return_when=FIRST_COMPLETED)
        failures = [error for future in done if (error := future.exception())]
        # A job that was cancelled since another one failed is not the cause.
        for error in sorted(failures, key=lambda error: isinstance(error, Cancelled)):
            raise error
        progress.tick()

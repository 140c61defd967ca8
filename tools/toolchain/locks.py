"""One lock file for each thing that is made: two runs at once make it only once."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from tools.toolchain.errors import Cancelled

POLL = 0.2  # seconds


@contextlib.contextmanager
def hold(path: Path, stopped: threading.Event, waiting: Callable[[str], None]) -> Iterator[None]:
    """Holds the lock file ``path``. The kernel releases it when this process ends.

    While another process holds it, ``waiting`` is called once with that one ("process 123").

    Raises:
        Cancelled: ``stopped`` was set while waiting.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        waits = False
        while not _lock(file.fileno()):
            if not waits:
                file.seek(0)
                holder = file.read(32)
                waiting(f"process {holder}" if holder else "another process")
                waits = True
            if stopped.wait(POLL):
                raise Cancelled
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

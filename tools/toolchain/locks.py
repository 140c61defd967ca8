"""One lock file per thing that is made, so that two calls at once make it once."""

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
    """Holds the lock file ``path``. The kernel lets go of it when this process ends.

    ``waiting`` is called once, with who holds it ("process 123"), where it is not free.

    Raises:
        Cancelled: ``stopped`` was set while waiting.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        told = False
        while not _try(file):
            if not told:
                holder = os.pread(file, 32, 0).decode(errors="replace").strip()
                waiting(f"process {holder}" if holder else "another process")
                told = True
            if stopped.wait(POLL):
                raise Cancelled
        os.ftruncate(file, 0)
        os.pwrite(file, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(file)


def _try(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

"""The lock: one command at a time works on a checkout's cluster."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tools.cluster.checkout import Checkout


@contextmanager
def held(checkout: Checkout, progress: Callable[[str], None]) -> Iterator[None]:
    """Holds the checkout's lock. If another command holds it, says so and waits."""
    checkout.lock.parent.mkdir(parents=True, exist_ok=True)
    with checkout.lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("Waiting for another command that works on this cluster")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield  # closing the file releases the lock

"""Child processes that end when this process does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from tools.toolchain import leash
from tools.toolchain.errors import Cancelled

_LEASH = str(Path(leash.__file__).resolve())


class Children:
    """Starts commands on a leash; `stop` ends those that run and lets no other start."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: IO[bytes] | int = subprocess.DEVNULL,
        output: IO[bytes] | int | None = None,
        timeout: float | None = None,
    ) -> int:
        """The exit code of ``command``; what it prints goes to ``log``, or the
        standard output alone to ``output`` where that is given.

        ``timeout`` is in seconds; past it the command is ended and the code is 124.

        Raises:
            Cancelled: `stop` was called before or meanwhile.
        """
        child = self._start(
            command, cwd=cwd, env=env, log=log, output=log if output is None else output
        )
        try:
            code = child.wait(timeout)
        except subprocess.TimeoutExpired:
            _end(child)
            code = 124
        finally:
            with self._lock:
                self._running.discard(child)
            _close(child)
        if self.stopped.is_set():
            raise Cancelled
        return code

    def stop(self) -> None:
        """Ends every child with all its descendants; returns when they are gone."""
        self.stopped.set()
        with self._lock:
            running = tuple(self._running)
        for child in running:
            _close(child)
        for child in running:
            _end(child)

    def _start(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        log: IO[bytes] | int,
        output: IO[bytes] | int,
    ) -> subprocess.Popen[bytes]:
        with self._lock:
            if self.stopped.is_set():
                raise Cancelled
            child = subprocess.Popen(
                [sys.executable, "-S", "-E", _LEASH, *command],
                cwd=cwd,
                env=dict(env),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=log,
                start_new_session=True,  # a Ctrl-C at the terminal is for us alone
            )
            self._running.add(child)
            return child


def _close(child: subprocess.Popen[bytes]) -> None:
    if child.stdin:
        child.stdin.close()


def _end(child: subprocess.Popen[bytes]) -> None:
    _close(child)
    try:
        child.wait(leash.GRACE + 2)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()

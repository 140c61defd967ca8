"""A line that says how far something is: rewritten on a terminal, otherwise repeated now and then.

It needs nothing but Python: the toolchain shows it before there is a virtual environment.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TextIO

TICK = 0.2
"""Seconds between two looks at what is to be shown."""
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 240.0
"""Seconds between two lines that are no terminal's. Each pause is twice as long as the last one,
so that a run of a minute shows signs of life and one of an hour does not fill the screen."""
_CLEAR = "\r\x1b[2K"


class Line:
    """Shows a text that changes. Safe for threads; as a context manager it clears its line."""

    def __init__(self, out: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._terminal = out.isatty()
        self._shown = ""
        self._pause = FIRST_PAUSE
        self._due = clock() + FIRST_PAUSE
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()

    def show(self, text: str) -> None:
        """Show the text in place of the last one; without a terminal, if its time has come."""
        with self._lock:
            if self._terminal:
                self._rewrite(text)
            elif self._clock() >= self._due:
                self._write(f"{text}\n")
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
                self._due = self._clock() + self._pause

    def say(self, text: str) -> None:
        """Print a line that stays."""
        with self._lock:
            if self._shown:
                self._write(_CLEAR)
                self._shown = ""
            self._write(f"{text}\n")

    def clear(self) -> None:
        """Remove the line from a terminal."""
        with self._lock:
            if self._shown:
                self._write(_CLEAR)
                self._shown = ""

    def _rewrite(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        cut = text if len(text) <= width else f"{text[: width - 1]}…"
        if cut != self._shown:
            self._write(f"{_CLEAR}{cut}")
            self._shown = cut

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def duration(seconds: float) -> str:
    """``75.2`` as ``1 min 15 s``, ``0.31`` as ``0.3 s``."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"

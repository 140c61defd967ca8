"""Runs the command in its arguments, and ends it when standard input closes.

The kernel closes that pipe however the parent ends, by ``kill -9`` too. So no compiler outlives
``make tools``. This script leads a process group of its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

GRACE = 3.0  # seconds between asking and killing; `go` removes its work folder meanwhile


def main(command: list[str]) -> int:
    """Returns the command's exit code, 128 + signal where a signal ended it, 127 if not found."""
    ending = threading.Event()
    threading.Thread(target=_watch, args=(ending,), daemon=True).start()
    try:
        code = subprocess.Popen(command, stdin=subprocess.DEVNULL).wait()
    except OSError as error:
        print(error, file=sys.stderr, flush=True)
        return 127
    if ending.is_set():
        os.killpg(0, signal.SIGKILL)  # this process, and what the command left behind
    return code if code >= 0 else 128 - code


def _watch(ending: threading.Event) -> None:
    while os.read(0, 1):
        pass
    ending.set()
    os.killpg(0, signal.SIGINT)
    time.sleep(GRACE)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, lambda *_: None)  # a function: the command does not inherit it
    os._exit(main(sys.argv[1:]))  # past the watching thread

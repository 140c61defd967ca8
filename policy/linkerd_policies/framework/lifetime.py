"""Ends the pack's process with the engine, which may be killed before it can end the pack."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections.abc import Sequence

SECONDS = 5.0
"""Seconds between two checks of whether the engine is still there."""

_ADDRESS = re.compile(r"(?P<host>[^\s:]+):(?P<port>[0-9]+)")


def end_with_engine(arguments: Sequence[str], seconds: float = SECONDS) -> None:
    """End this process when nothing listens at the engine's address any more.

    ``arguments`` are those of ``python -m pulumi.policy``, the address among them; without one, as
    in a program that only imports the pack, nothing is watched.
    """
    found = next(filter(None, map(_ADDRESS.fullmatch, arguments)), None)
    if found:
        place = found["host"], int(found["port"])
        threading.Thread(target=_watch, args=(place, seconds), daemon=True).start()


def _watch(place: tuple[str, int], seconds: float) -> None:
    while _listens(place):
        time.sleep(seconds)
    os._exit(0)


def _listens(place: tuple[str, int]) -> bool:
    try:
        socket.create_connection(place, timeout=SECONDS).close()
    except ConnectionRefusedError:
        return False
    except OSError:
        return True  # a busy machine is no sign of an end
    return True

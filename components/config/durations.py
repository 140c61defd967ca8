"""Durations as Linkerd reads them.

ServiceProfiles are read as Go durations (no days), and the annotations for retries, timeouts and
breakers as one whole number and one unit. The program writes what both of them read.

Sources: https://pkg.go.dev/time#ParseDuration,
https://linkerd.io/2-edge/reference/timeouts/
"""

from __future__ import annotations

from components.linkerd.shared.durations import go_nanoseconds

ALLOWED = "a positive duration such as 500ms, 2s or 1m30s (units ms, s, m, h; no days)"


def milliseconds(text: str) -> int:
    """Parse a Go duration into whole milliseconds.

    Raises ``ValueError`` for what Go cannot parse, for zero, and for a part of a millisecond,
    which the annotations cannot express.
    """
    nanoseconds = go_nanoseconds(text)
    if nanoseconds is None:
        raise ValueError(f"not a duration that Go can parse: {text}")
    whole, rest = divmod(nanoseconds, 10**6)
    if rest or not whole:
        raise ValueError(f"not a positive whole number of milliseconds: {text}")
    return whole


def canonical(text: str) -> str:
    """The duration as one whole number and the largest unit that divides it: ``1m30s`` → ``90s``.

    Raises ``ValueError`` as :func:`milliseconds` does.
    """
    amount = milliseconds(text)
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if amount % size == 0:
            return f"{amount // size}{unit}"
    return f"{amount}ms"

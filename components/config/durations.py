"""Durations as Linkerd reads them.

ServiceProfiles are read with Go's ``time.ParseDuration`` (no days), retry, timeout and breaker
annotations by Linkerd's policy controller (one whole number and one unit). What is written is the
part that both understand.

Sources: https://pkg.go.dev/time#ParseDuration,
https://linkerd.io/2-edge/reference/timeouts/
"""

from __future__ import annotations

import re
from fractions import Fraction

ALLOWED = "a positive duration such as 500ms, 2s or 1m30s (units ms, s, m, h; no days)"

_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_WHOLE = re.compile(rf"(?:{_PART.pattern})+")


def milliseconds(text: str) -> int:
    """Parse a Go duration into whole milliseconds.

    Raises ``ValueError`` for what Go cannot parse, for zero, and for a part of a millisecond,
    which the annotations cannot express.
    """
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"not a duration that Go can parse: {text}")
    total = sum(
        (Fraction(number) * _NANOSECONDS[unit] for number, unit in _PART.findall(text)),
        Fraction(0),
    )
    whole, rest = divmod(total, 10**6)
    if rest or not whole:
        raise ValueError(f"not a positive whole number of milliseconds: {text}")
    return int(whole)


def canonical(text: str) -> str:
    """The duration as one whole number and the largest unit that divides it: ``1m30s`` → ``90s``.

    Raises ``ValueError`` as :func:`milliseconds` does.
    """
    amount = milliseconds(text)
    for unit, size in (("h", 3_600_000), ("m", 60_000), ("s", 1_000)):
        if amount % size == 0:
            return f"{amount // size}{unit}"
    return f"{amount}ms"

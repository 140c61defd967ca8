"""The two ways in which Linkerd writes a duration.

Digits are ASCII: neither Go nor Linkerd's policy controller reads any others.
"""

from __future__ import annotations

import re
from fractions import Fraction

_GO_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "\u00b5s": 10**3,
    "\u03bcs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_GO_PART = re.compile(rf"([0-9]+\.?[0-9]*|\.[0-9]+)({'|'.join(_GO_NANOSECONDS)})")
_GO = re.compile(rf"(?:{_GO_PART.pattern})+")
_LINKERD_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}

LINKERD_PATTERN = rf"([0-9]{{1,18}})({'|'.join(_LINKERD_MILLISECONDS)})"
"""A Linkerd duration from end to end. CEL (RE2) reads the pattern as Python does."""

_LINKERD = re.compile(LINKERD_PATTERN)


def go_nanoseconds(text: object) -> Fraction | None:
    """Nanoseconds in a Go duration such as ``1m30s``; ``None`` if ``text`` is not one.

    ServiceProfiles are written like this. There is no unit for days. The micro sign may be U+00B5
    or the Greek letter U+03BC. A sign is not accepted: no field here takes a negative duration.
    Source: https://pkg.go.dev/time#ParseDuration
    """
    if not isinstance(text, str):
        return None
    if text == "0":
        return Fraction(0)
    if not _GO.fullmatch(text):
        return None
    parts = _GO_PART.findall(text)
    return sum((Fraction(amount) * _GO_NANOSECONDS[unit] for amount, unit in parts), Fraction(0))


def go_seconds(text: object) -> float | None:
    """As :func:`go_nanoseconds`, in seconds."""
    nanoseconds = go_nanoseconds(text)
    return None if nanoseconds is None else float(nanoseconds / 10**9)


def linkerd_seconds(text: object) -> float | None:
    """Seconds in a duration of Linkerd's annotations, such as ``500ms``; ``None`` if it is not one.

    It is one whole number and one of the units ms, s, m, h and d. Source: linkerd2,
    policy-controller/k8s/index/src/outbound.
    """
    match = _LINKERD.fullmatch(text) if isinstance(text, str) else None
    return int(match[1]) * _LINKERD_MILLISECONDS[match[2]] / 1000 if match else None

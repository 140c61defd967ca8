"""The two ways in which Linkerd writes a duration."""

from __future__ import annotations

import re
from fractions import Fraction

_GO_UNITS = {
    "ns": Fraction(1, 10**9),
    "us": Fraction(1, 10**6),
    "µs": Fraction(1, 10**6),
    "μs": Fraction(1, 10**6),
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
}
_GO_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_LINKERD_UNITS = {
    "ms": Fraction(1, 1000),
    "s": Fraction(1),
    "m": Fraction(60),
    "h": Fraction(3600),
    "d": Fraction(86400),
}
_LINKERD = re.compile(r"([0-9]{1,18})(ms|s|m|h|d)")


def go_seconds(text: object) -> float | None:
    """Seconds in a Go duration such as ``1m30s``, as ServiceProfiles write it, else ``None``.

    Rule: https://pkg.go.dev/time#ParseDuration (there is no unit for days). Negative durations are
    no use to a ServiceProfile and count as none.
    """
    if not isinstance(text, str):
        return None
    if text == "0":
        return 0.0
    parts = list(_GO_PART.finditer(text))
    if not parts or "".join(part.group() for part in parts) != text:
        return None
    return float(sum(Fraction(part[1]) * _GO_UNITS[part[2]] for part in parts))


def linkerd_seconds(text: object) -> float | None:
    """Seconds in a duration such as ``500ms``, as Linkerd's annotations write it, else ``None``.

    Rule: an integer and one of ms, s, m, h, d (linkerd2, policy-controller/k8s/index/src/outbound);
    fractions are rejected.
    """
    match = _LINKERD.fullmatch(text) if isinstance(text, str) else None
    return float(int(match[1]) * _LINKERD_UNITS[match[2]]) if match else None

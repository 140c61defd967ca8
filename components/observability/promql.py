"""How queries are written. Nothing here is newer than Prometheus 2.48, which viz 2.14 installs.

Source: https://prometheus.io/docs/prometheus/latest/querying/basics/
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection


def selector(metric: str, *matchers: str) -> str:
    """A selector of series: ``selector("up", 'job="x"')`` → ``up{job="x"}``."""
    return f"{metric}{{{','.join(matchers)}}}"


def equal(label: str, value: str) -> str:
    """The matcher for exactly this value."""
    return f"{label}={_quoted(value)}"


def one_of(label: str, values: Collection[str]) -> str:
    """The matcher for any of these values."""
    return f"{label}=~{_quoted('|'.join(map(_literal, values)))}"


def none_of(label: str, values: Collection[str]) -> str:
    """The matcher for any other value."""
    return f"{label}!~{_quoted('|'.join(map(_literal, values)))}"


def bound(value: str) -> str:
    """The matcher for a histogram's bucket. Prometheus 3 writes ``le="500"`` as ``le="500.0"``."""
    whole = value.removesuffix(".0")
    return equal("le", whole) if "." in whole else f'le=~"{whole}|{whole}[.]0"'


def rate(series: str, window: str) -> str:
    """The sum of the series' rates per second. Nothing where there are no such series."""
    return f"sum(rate({series}[{window}]))"


def increase(series: str, window: str) -> str:
    """The sum of the series' increases."""
    return f"sum(increase({series}[{window}]))"


def or_zero(query: str) -> str:
    """The query, and 0 where it has no answer: a series of failures starts with the first one."""
    return f"({query} or vector(0))"


def either(queries: Collection[str]) -> str:
    """What any of the queries answers."""
    return " or ".join(queries)


def _literal(value: str) -> str:
    return re.sub(r"([.+*?()\[\]{}|^$\\])", r"\\\1", value)


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)

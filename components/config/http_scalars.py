"""The scalar types of HTTP: statuses, headers, retry conditions and retry budgets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from components.config.durations import milliseconds
from components.config.problems import one_of
from components.config.scalars import Duration, between, no_bool, refuse
from components.linkerd.shared import limits, words

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]{1,256}")
_VALUE = re.compile(r"[!-~]([ -~]{0,4094}[!-~])?")
_CONDITION = re.compile(words.RETRYABLE_HTTP)

GRPC_CONDITIONS = frozenset(words.RETRYABLE_GRPC)
"""The gRPC statuses that Linkerd retries."""

MOST_HEADERS = 16
"""Most headers in one match.

Source: https://gateway-api.sigs.k8s.io/reference/spec/#httproutematch
"""


def _header_name(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise refuse(
            "a header name: letters, digits and !#$%&'*+-.^_`|~, at most 256",
            "Correct the name, as in x-canary.",
        )
    return text.lower()


def _header_value(value: object) -> str:
    if not isinstance(value, str):
        raise refuse(
            'text, in quotes: "true"',
            "Write it in quotes: without them YAML reads a boolean or number.",
        )
    if not _VALUE.fullmatch(value):
        raise refuse(
            "visible ASCII characters, with spaces in between only, at most 4096",
            "Correct the value: requests must have exactly this value in the header.",
        )
    return value


def _headers(value: object) -> object:
    if isinstance(value, Mapping):
        names = [str(name).lower() for name in value]
        if len(names) > MOST_HEADERS:
            raise refuse(f"at most {MOST_HEADERS} headers", "Delete some: one is enough.")
        if len(set(names)) < len(names):
            raise refuse("each header once (case is ignored)", "Delete or rename one of them.")
    return value


def _text(value: object) -> object:
    # A bare `429` in YAML is a number.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _retry_condition(text: str) -> str:
    match = _CONDITION.fullmatch(text)
    if text in GRPC_CONDITIONS:
        return text
    if not match or (match[2] is not None and match[2] < match[1]):
        raise refuse(
            "5xx, gateway-error (502 to 504), a status such as 429, a range such as 500-504; "
            f"for gRPC {one_of(GRPC_CONDITIONS)}",
            "Write one of those.",
        )
    return text


def _budget_ttl(text: str) -> str:
    shortest, longest = limits.BUDGET_TTL_SECONDS
    if not shortest * 1000 <= milliseconds(text) <= longest * 1000:
        raise refuse("1s to 1m", "Correct it: proxies ignore a budget with any other `ttl`.")
    return text


Status = Annotated[
    int, BeforeValidator(no_bool), AfterValidator(between(100, 599, "an HTTP status"))
]
"""The HTTP status of an answer, within the bounds of Linkerd's sp-validator."""

HeaderName = Annotated[str, AfterValidator(_header_name)]
"""A header name in lower case, because HTTP ignores case.

Sources: RFC 9110, section 5.1; https://gateway-api.sigs.k8s.io/reference/spec/#httpheadername
"""

HeaderValue = Annotated[str, BeforeValidator(_header_value)]
"""The exact value that a request must have in a header."""

Headers = Annotated[dict[HeaderName, HeaderValue], BeforeValidator(_headers)]
"""Headers that a request must all have."""

RetryCondition = Annotated[str, BeforeValidator(_text), AfterValidator(_retry_condition)]
"""An answer that is retried. Source: https://linkerd.io/2-edge/reference/retries/"""

Ratio = Annotated[float, BeforeValidator(no_bool), AfterValidator(between(0, 1, "a share"))]
"""A share of a whole: 0.2 is a fifth."""

RetriesPerSecond = Annotated[
    int,
    BeforeValidator(no_bool),
    AfterValidator(between(0, limits.LARGEST_RETRIES_PER_SECOND, "retries per second")),
]
"""Retries per second."""

BudgetTtl = Annotated[Duration, AfterValidator(_budget_ttl)]
"""The time over which a retry budget counts requests: 1s to 1m."""

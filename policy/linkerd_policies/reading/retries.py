"""How often Linkerd retries a request by annotations. Source: linkerd2,
policy-controller/k8s/index/src/outbound/index/http.rs (``parse_http_retry``)."""

from __future__ import annotations

import re
from typing import Any

from linkerd_policies.framework.objects import UNKNOWN, keys, peek
from linkerd_policies.reading import linkerd

DEFAULT_LIMIT = 1
"""Linkerd's number of retries where no limit is set, or the limit is 0."""

_INTEGER = re.compile("[0-9]{1,9}")


def retries(annotations: Any) -> Any:
    """The most retries of one request, 0 without any; ``UNKNOWN`` where the limit is.

    A limit of 0 counts as none. A condition or a timeout alone starts retries with the default
    limit; so does a limit that Linkerd cannot read, here.
    """
    found = {key for key in keys(annotations) if key.startswith(linkerd.RETRY_PREFIX)}
    limit = peek(annotations, linkerd.RETRY_LIMIT)
    if limit is UNKNOWN:
        return UNKNOWN
    number = limit_of(limit)
    if not found or (found == {linkerd.RETRY_LIMIT} and number == 0):
        return 0
    return number or DEFAULT_LIMIT


def limit_of(limit: Any) -> int | None:
    """The annotation's number; ``None`` where it is none."""
    readable = isinstance(limit, str) and _INTEGER.fullmatch(limit)
    return int(limit) if readable else None

"""Numbers that the program, the policy pack and the admission gates share."""

from __future__ import annotations

RETRY_RATIO = 0.2
"""The share of requests that retries may add: Linkerd's default, and the largest one allowed.

Source: linkerd2, controller/api/destination/profile_translator.go
"""

RETRIES_PER_SECOND = 10
"""Retries per second that are allowed whatever the ratio: the default and the largest allowed."""

BUDGET_TTL = "10s"
"""How long a retry budget counts requests by default. A Go duration."""

RETRIES = 5
"""The most retries of one request, after the first try."""

BUDGET_TTL_SECONDS = (1, 60)
"""The shortest and the longest ``ttl``. A proxy drops a retry budget with any other one, and then
retries nothing (linkerd2-proxy, linkerd/service-profiles/src/proto.rs)."""

LARGEST_RETRY_RATIO = 1
LARGEST_RETRIES_PER_SECOND = 100
LARGEST_RETRIES = 20
"""How far a configuration can raise the three limits."""

RENEWAL_DAYS = 30
"""Days before its end from which a certificate should be renewed."""

MIN_REASON = 10
"""The least number of characters in a reason, so that it has to say something."""

"""The stack's settings for the gates inside of the cluster."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from components.config.validation import Model
from components.linkerd.shared import limits


class Admission(Model):
    """Gates inside of the cluster, for changes that go around Pulumi, such as `kubectl apply`.

    They repeat the policy pack's mandatory rules, strict mTLS and bounded retries, for the
    services' namespace. ``mode``: ``deny`` refuses an object, ``warn`` lets it through with a
    warning to the client and a note in the audit log, ``off`` writes no gate. They need Kubernetes
    1.30.

    ``maxRetryRatio`` (a share of the requests), ``maxRetriesPerSecond`` and ``maxRetries`` (of one
    request) are the pack's own bounds by default.
    """

    mode: Literal["off", "warn", "deny"] = "off"
    max_retry_ratio: Annotated[float, Field(ge=0, le=limits.LARGEST_RETRY_RATIO)] = (
        limits.RETRY_RATIO
    )
    max_retries_per_second: Annotated[int, Field(ge=0, le=limits.LARGEST_RETRIES_PER_SECOND)] = (
        limits.RETRIES_PER_SECOND
    )
    max_retries: Annotated[int, Field(ge=0, le=limits.LARGEST_RETRIES)] = limits.RETRIES

"""The stack's settings for the admission gates in the cluster."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from components.config.validation import Model
from components.linkerd.shared import limits


class Admission(Model):
    """Admission gates in the cluster, for changes that bypass Pulumi, such as ``kubectl apply``.

    ValidatingAdmissionPolicies apply the policy pack's mandatory rules on strict mTLS and bounded
    retries to the services' namespace. They need Kubernetes 1.30 or later.
    """

    mode: Literal["off", "warn", "deny"] = "off"
    """``deny`` refuses an object that breaks a rule, ``warn`` admits it with a warning to the
    client and an entry in the audit log, ``off`` installs no gates."""

    max_retry_ratio: Annotated[float, Field(ge=0, le=limits.LARGEST_RETRY_RATIO)] = (
        limits.RETRY_RATIO
    )
    """Largest ``retryRatio`` of a ServiceProfile, as a share of the requests, 0 to 1. The default
    is the policy pack's."""

    max_retries_per_second: Annotated[int, Field(ge=0, le=limits.LARGEST_RETRIES_PER_SECOND)] = (
        limits.RETRIES_PER_SECOND
    )
    """Largest ``minRetriesPerSecond`` of a ServiceProfile, 0 to 100. The default is the policy
    pack's."""

    max_retries: Annotated[int, Field(ge=0, le=limits.LARGEST_RETRIES)] = limits.RETRIES
    """Most retries of one request, 0 to 20. The default is the policy pack's."""

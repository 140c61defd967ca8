"""Which answers count as failures."""

from __future__ import annotations

from pydantic import model_validator

from components.config.http_scalars import Status
from components.config.scalars import refuse
from components.config.validation import Model


class ResponseClass(Model):
    """A range of HTTP statuses that are failures, or are none; retries and success rates use it.

    Sources: https://linkerd.io/2-edge/reference/service-profiles/#response-class, linkerd2-proxy,
    linkerd/app/core/src/classify.rs
    """

    min: Status
    """Lowest status of the class, 100 to 599."""

    max: Status | None = None
    """Highest status of the class, at least ``min``; by default ``min`` itself."""

    is_failure: bool = True
    """``true`` counts these answers as failures, ``false`` as successes."""

    @property
    def last(self) -> int:
        """The highest status of the class."""
        return self.min if self.max is None else self.max

    @model_validator(mode="after")
    def _ordered(self) -> ResponseClass:
        if self.last < self.min:
            raise refuse("`max` of at least `min`", "Raise `max`, or lower `min`.")
        return self

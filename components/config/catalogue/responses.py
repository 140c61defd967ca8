"""Which answers count as failures."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from components.config.http_scalars import Status
from components.config.scalars import refuse
from components.config.validation import Model


class ResponseClass(Model):
    """Answers with a status from ``min`` to ``max`` (default: ``min``) are failures, or are not.

    The first class that an answer is in decides; in none, 5xx are failures. Retries and success
    rates go by it. Sources: https://linkerd.io/2-edge/reference/service-profiles/#response-class,
    linkerd2-proxy, linkerd/app/core/src/classify.rs
    """

    min: Status
    max: Status | None = None
    is_failure: bool = True

    @property
    def last(self) -> int:
        """The highest status of the class."""
        return self.min if self.max is None else self.max


def _ordered(found: ResponseClass) -> ResponseClass:
    if found.last < found.min:
        raise refuse("`max` of at least `min`", "Raise `max`, or lower `min`.")
    return found


AnyResponseClass = Annotated[ResponseClass, AfterValidator(_ordered)]

"""A kind of custom resource, together with the type of its spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypedDict, TypeVar

Spec = TypeVar("Spec", bound=Mapping[str, Any])


@dataclass(frozen=True)
class Kind(Generic[Spec]):
    """A kind of custom resource, and the type of its spec."""

    name: str
    api_version: str


class ObjectName(TypedDict):
    """A reference by name alone."""

    name: str

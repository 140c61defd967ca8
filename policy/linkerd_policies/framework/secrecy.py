"""Which of a resource's properties are secret Outputs.

The engine says so in each request, but the SDK unwraps secrets before a rule sees them. So the
pack's server notes where they were; `analyzer.py` says why it is extended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from typing import Any, TypeAlias

from google.protobuf import json_format
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY

Path: TypeAlias = tuple[str | int, ...]


class _Secrets:
    """The secrets of one request, found when a rule asks for the first time: few rules do."""

    def __init__(self, properties: Any) -> None:
        self._properties = properties

    @cached_property
    def paths(self) -> frozenset[Path]:
        """Where they are."""
        return frozenset(secret_paths(json_format.MessageToDict(self._properties)))


_SECRETS: ContextVar[_Secrets | None] = ContextVar("secrets", default=None)


def secret_paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where in a message's properties secrets are; not what is inside of them."""
    if isinstance(value, Mapping):
        if value.get(SPECIAL_SIG_KEY) == SPECIAL_SECRET_SIG:
            yield path
            return
        for key, inner in value.items():
            yield from secret_paths(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from secret_paths(inner, (*path, index))


@contextmanager
def noted(properties: Any) -> Iterator[None]:
    """For its duration, :func:`is_secret` knows the secrets of a request's ``properties``."""
    token = _SECRETS.set(_Secrets(properties))
    try:
        yield
    finally:
        _SECRETS.reset(token)


def is_secret(path: Path) -> bool:
    """Whether the property at ``path`` of the resource at hand, or one around it, is a secret."""
    secrets = _SECRETS.get()
    if secrets is None or not secrets.paths:
        return False
    around = [path[:length] for length in range(len(path) + 1)]
    return not secrets.paths.isdisjoint(around)

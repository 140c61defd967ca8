"""Helpers for the wording of messages."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

_SIMILAR = 0.6
"""How similar a word must be, from 0 to 1, to be suggested: :mod:`difflib`'s own default."""


def one_of(values: Iterable[str]) -> str:
    """``a, b or c``. Raises ValueError for no values at all."""
    *rest, last = values
    return f"{', '.join(rest)} or {last}" if rest else last


def nearest(word: str, known: Sequence[str], similarity: float = _SIMILAR) -> str | None:
    """The known word that ``word`` is probably a misspelling of, if there is one."""
    close = get_close_matches(word, known, n=1, cutoff=similarity)
    return close[0] if close else None


def as_json(value: Any) -> str:
    """A value of the configuration in JSON, cut to 80 characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "..."

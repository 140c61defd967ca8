"""Version numbers and ranges of them. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = re.compile(r"\d+(?:\.\d+)+")


def find(text: str) -> str | None:
    """The first dotted number in ``text``: ``"etcd Version: 3.6.5"`` gives ``"3.6.5"``."""
    found = _NUMBER.search(text)
    return found.group() if found else None


def parts(version: str) -> tuple[int, ...]:
    """``"1.35.4"`` as ``(1, 35, 4)``."""
    return tuple(int(part) for part in version.split("."))


@dataclass(frozen=True)
class Range:
    """Versions from ``low`` on, up to but not including ``below``."""

    low: str
    below: str

    def __contains__(self, version: str) -> bool:
        return parts(self.low) <= parts(version) < parts(self.below)

    def __str__(self) -> str:
        return f"{self.low} or later, below {self.below}"

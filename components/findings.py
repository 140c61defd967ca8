"""What a check has to say about something that is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

F = TypeVar("F", bound="Finding")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One mistake: where it is, what was found, what is allowed, and what to do about it.

    ``path`` is the dotted key, relative to what the check looks at; it is empty where the mistake
    is in the whole of that. ``found`` never holds a secret.
    """

    path: str = ""
    found: str
    allowed: str
    fix: str

    def under(self: F, parent: str) -> F:
        """The same mistake, seen from where ``parent`` is the path of what was checked."""
        return replace(self, path=f"{parent}.{self.path}" if self.path else parent)

"""What the requirements files ask for and pin."""

from __future__ import annotations

import re

from tools import paths


def pins(name: str) -> dict[str, set[str]]:
    """The pinned versions by package; another one per marker is another version."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([\w.-]+)==(\S+)", text(name), re.MULTILINE):
        found.setdefault(re.sub(r"[-_.]+", "-", package).lower(), set()).add(version)
    return found


def text(name: str) -> str:
    return (paths.ROOT / name).read_text(encoding="utf-8")

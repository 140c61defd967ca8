"""The pack's own requirements: what it imports, pinned as the project pins it.

``python -m tests.policy.pins > policy/requirements.txt`` writes them anew.
"""

from __future__ import annotations

import re
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
HEADER = "# The project's pins that requirements.in needs. Do not edit: see tests/policy/pins.py."


def pack_requirements() -> str:
    """The part of the project's requirements.txt that ``policy/requirements.in`` needs."""
    names = needed(direct(ROOT / "policy/requirements.in"))
    found = [text for name, text in pins(ROOT / "requirements.txt") if name in names]
    return "\n".join([HEADER, *found]) + "\n"


def direct(file: Path) -> set[str]:
    """The names in a ``requirements.in``."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return {canonicalize_name(re.split("[=<>]", line)[0]) for line in lines if line[:1].isalpha()}


def needed(names: set[str]) -> set[str]:
    """The distributions that ``names`` need, for any Python and any system, these included."""
    found: set[str] = set()
    waiting = set(names)
    while waiting:
        name = waiting.pop()
        found.add(name)
        waiting |= {one for one in _requires(name) if one not in found}
    return found


def _requires(name: str) -> set[str]:
    known = {pinned for pinned, _ in pins(ROOT / "requirements.txt")}
    wanted = [Requirement(text) for text in requires(name) or ()] if name in known else []
    unconditional = [one for one in wanted if "extra ==" not in str(one.marker)]
    return {str(canonicalize_name(one.name)) for one in unconditional} & known


def pins(file: Path) -> list[tuple[str, str]]:
    """Each distribution's name with its pin and hashes, as a ``requirements.txt`` has them."""
    text = "".join(
        line
        for line in file.read_text(encoding="utf-8").splitlines(keepends=True)
        if not line.lstrip().startswith("#")
    )
    entries = re.split(r"\n(?=\S)", text.strip())
    return [(canonicalize_name(entry.partition("==")[0]), entry) for entry in entries]


if __name__ == "__main__":
    print(pack_requirements(), end="")

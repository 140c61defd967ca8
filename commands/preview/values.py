"""Values as a summary shows them: short, with units, and never secret."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from commands.preview.model import Special
from components.config.durations import milliseconds

LONGEST = 60
HIDDEN = "(not shown)"

# Keys whose values may be secret although nobody marked them.
_SECRET_KEY = re.compile(
    r"(?i)(passw(or)?d|passphrase|token|credentials?|(private|secret|access|api)[-_.]?key|keypem"
    r"|client[-_.]?secret)$"
)
_USER_INFO = re.compile(r"://[^/@\s]+@")


def plain(value: object, path: Sequence[str] = ()) -> str:
    """The value in one short line; :data:`HIDDEN` where it may be secret.

    ``path`` are its keys: one such as ``password`` hides it. Of a mapping, the keys are shown.
    """
    if isinstance(value, Special):
        return HIDDEN if value is Special.SECRET else value.value
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if any(_SECRET_KEY.search(key) for key in path):
        return HIDDEN
    if isinstance(value, Mapping):
        return plain(list(value))
    if isinstance(value, (list, tuple)):
        return _short(", ".join(plain(each) for each in value)) or "nothing"
    return _text(f"{value:g}" if isinstance(value, float) else str(value))


def _text(text: str) -> str:
    if _USER_INFO.search(text) or "-----BEGIN" in text:
        return HIDDEN
    return _short(" ".join(text.split())) or '""'


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def arrow(old: str, new: str, unit: str = "") -> str:
    """``10 → 25 %``; both units where they differ: ``500 ms → 1 s``."""
    tail = f" {unit}" if unit else ""
    return f"{old} → {new}{tail}"


def duration(value: object) -> str:
    """A Go duration for people: ``500ms`` → ``500 ms``, ``90s`` → ``90 s``, ``2m`` → ``2 min``."""
    try:
        amount = milliseconds(str(value))
    except ValueError:
        return plain(value)
    if amount < 1000:
        return f"{amount} ms"
    seconds, rest = divmod(amount, 1000)
    if rest:
        return f"{amount / 1000:g} s"
    return f"{seconds // 60} min" if seconds % 60 == 0 and seconds > 60 else f"{seconds} s"


def share(weight: float, total: float) -> str:
    """A weight as per cent of the total, with one decimal at most: 250 of 1000 → ``25``."""
    return f"{round(100 * weight / total, 1):g}" if total else "0"


def image(old: str, new: str) -> str:
    """Two images, the repository once where they share it: ``app v1 → v2``."""
    (old_name, old_tag), (new_name, new_tag) = _image(old), _image(new)
    if old_name == new_name and old_tag and new_tag:
        return f"{new_name} {arrow(old_tag, new_tag)}"
    return arrow(old, new)


def _image(text: str) -> tuple[str, str]:
    if "@" in text:
        name, _, digest = text.partition("@")
        return name, digest[:19]
    name, colon, tag = text.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (text, "")

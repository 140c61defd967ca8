"""A route's path as a regular expression: ``{name}`` stands for one segment."""

from __future__ import annotations

import re
from itertools import zip_longest

_PARAMETER = re.compile(r"\{[^/{}]*\}")
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")


def has_parameters(path: str) -> bool:
    """Whether a segment of the path is a parameter."""
    return _PARAMETER.search(path) is not None


def regex(path: str) -> str:
    """The expression for the whole path: ``/users/{id}`` → ``/users/[^/]*``.

    Linkerd anchors it at both ends. It is the same text that ``linkerd profile --open-api`` writes:
    ``PathToRegex`` in linkerd2, pkg/profiles/profiles.go.
    """
    return "[^/]*".join(_literal(part) for part in _PARAMETER.split(path))


def overlap(one: str, other: str) -> bool:
    """Whether a request can match both paths, as with ``/users/{id}`` and ``/users/me``."""
    pairs = zip_longest(one.split("/"), other.split("/"))
    return all(None not in (a, b) and _meet(str(a), str(b)) for a, b in pairs)


def _meet(one: str, other: str) -> bool:
    """Whether a text can match both segments. If both have parameters, the answer is yes."""
    if has_parameters(one) and has_parameters(other):
        return True
    return bool(re.fullmatch(regex(one), other) or re.fullmatch(regex(other), one))


def _literal(text: str) -> str:
    """Like Go's ``regexp.QuoteMeta``, which escapes fewer characters than ``re.escape``."""
    return _SPECIAL.sub(r"\\\g<0>", text)

"""A route's path as a regular expression: ``{name}`` stands for one segment."""

from __future__ import annotations

import re

_PARAMETER = re.compile(r"\{[^/{}]*\}")


def has_parameters(path: str) -> bool:
    """Whether some segment of the path is free."""
    return _PARAMETER.search(path) is not None


def regex(path: str) -> str:
    """The expression for the whole path: ``/users/{id}`` → ``/users/[^/]*``.

    Linkerd anchors it at both ends. Source: ``linkerd profile --open-api`` writes the same
    (https://linkerd.io/2-edge/reference/cli/profile/).
    """
    literal = _PARAMETER.split(path)
    return "[^/]*".join(re.escape(part).replace(r"\-", "-") for part in literal)
